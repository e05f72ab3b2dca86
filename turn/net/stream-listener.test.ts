import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { channelNumber } from '../protocol/attributes/channel-number.ts'
import { xorPeerAddress } from '../protocol/attributes/xor-peer-address.ts'
import {
  type ChannelNumber,
  encodeChannelData,
  parseChannelData,
} from '../protocol/channel-data.ts'
import { methods } from '../protocol/methods.ts'
import { codeOf } from '../test/contract-client.ts'
import { encodeRequest, having } from '../test/encode-request.ts'
import { startOurEngine } from '../test/our-engine.ts'
import { TcpClient } from '../test/tcp-client.ts'
import { UdpEndpoint } from '../test/udp-endpoint.ts'

const channel = 0x4001 as ChannelNumber

t.test(
  'relays both ways for a client on TCP, whose allocation ends with the connection',
  async (t) => {
    const server = await startOurEngine()
    const peer = await UdpEndpoint.open()
    t.teardown(async () => {
      peer.close()
      await server.close()
    })
    const client = await TcpClient.open(server)
    const relayPort = await client.allocate()
    const bound = await client.request(
      methods.channelBind,
      having(channelNumber, channel),
      having(xorPeerAddress, { family: 4, ip: '127.0.0.1', port: peer.port }),
    )
    t.equal(codeOf(bound), undefined)
    t.match(server.engine.stats(), { allocations: 1, byTransport: { tcp: 1, udp: 0 } })
    t.match(server.engine.allocations(), [
      { userId: 'alice', client: { transport: 'tcp' }, relayed: [{ port: relayPort }] },
    ])
    // Two messages cut in the middle of the second one's header.
    const out = Buffer.concat(
      ['one', 'two'].map((m) => encodeChannelData(channel, Buffer.from(m), true)),
    )
    client.socket.write(out.subarray(0, 10))
    t.equal(`${(await peer.next(2000))?.bytes}`, 'one')
    client.socket.write(out.subarray(10))
    t.equal(`${(await peer.next(2000))?.bytes}`, 'two')
    peer.send(Buffer.from('back'), relayPort)
    const back = parseChannelData(await client.nextBytes())
    t.equal(back.ok && Buffer.from(back.value.payload).toString(), 'back')
    client.socket.end()
    await client.closed
    const successor = await TcpClient.open(server)
    await successor.request(methods.binding)
    t.equal(server.engine.stats().allocations, 0)
    successor.socket.destroy()
  },
)

t.test('hangs up on what is no TURN', async (t) => {
  const server = await startOurEngine()
  t.teardown(() => server.close())
  for (const bytes of ['GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\x00\x05hello']) {
    const client = await TcpClient.open(server)
    client.socket.write(bytes, 'latin1')
    client.socket.resume()
    await client.closed
  }
  t.pass()
})

t.test('hangs up on a client that says nothing whole, not on one with an allocation', async (t) => {
  const server = await startOurEngine({ tcpLimits: { idleMs: 100 } })
  t.teardown(() => server.close())
  const owner = await TcpClient.open(server)
  await owner.allocate()
  const dawdler = await TcpClient.open(server)
  dawdler.socket.write(encodeRequest(methods.binding, []).subarray(0, 10))
  dawdler.socket.resume()
  await dawdler.closed
  t.equal((await owner.request(methods.refresh)).class, 'success')
  owner.socket.destroy()
})

t.test('holds no more connections of one address than its limit', async (t) => {
  const server = await startOurEngine({ tcpLimits: { connectionsPerIp: 2 } })
  t.teardown(() => server.close())
  const kept = [await TcpClient.open(server), await TcpClient.open(server)]
  for (const client of kept) await client.request(methods.binding)
  const refused = connect(server.tcpPort, '127.0.0.1')
  refused.on('error', () => refused.destroy())
  await once(refused.resume(), 'close')
  kept[0]?.socket.end()
  await kept[0]?.closed
  t.equal((await kept[1]?.request(methods.binding))?.class, 'success')
  const next = await TcpClient.open(server)
  t.equal((await next.request(methods.binding)).class, 'success', 'a place is free again')
  for (const client of [...kept, next]) client.socket.destroy()
})

t.test(
  'gives the place of the oldest without an allocation to who comes when all are taken',
  async (t) => {
    const server = await startOurEngine({ tcpLimits: { connections: 3 } })
    t.teardown(() => server.close())
    const owner = await TcpClient.open(server)
    await owner.allocate()
    const strangers = [await TcpClient.open(server), await TcpClient.open(server)]
    for (const stranger of strangers) await stranger.request(methods.binding)
    const next = await TcpClient.open(server)
    await next.allocate()
    strangers[0]?.socket.resume()
    await strangers[0]?.closed
    t.equal((await strangers[1]?.request(methods.binding))?.class, 'success', 'one is enough')
    await strangers[1]?.allocate()
    const late = connect(server.tcpPort, '127.0.0.1')
    late.on('error', () => late.destroy())
    await once(late.resume(), 'close')
    t.equal((await owner.request(methods.refresh)).class, 'success', 'who has one keeps it')
    for (const client of [owner, next, ...strangers]) client.socket.destroy()
  },
)

t.test('lets a stranger begin no message that is longer than a request', async (t) => {
  const server = await startOurEngine()
  t.teardown(() => server.close())
  const beginning = Buffer.alloc(5000)
  beginning.writeUInt16BE(methods.allocate, 0)
  beginning.writeUInt16BE(60_000, 2)
  const stranger = await TcpClient.open(server)
  stranger.socket.write(beginning)
  await once(stranger.socket.resume(), 'close')
  const owner = await TcpClient.open(server)
  await owner.allocate()
  beginning.writeUInt16BE(0x4001, 0)
  owner.socket.write(Buffer.concat([beginning, Buffer.alloc(60_004 - beginning.length)]))
  t.equal((await owner.request(methods.refresh)).class, 'success', 'who has an allocation may')
  owner.socket.destroy()
})
