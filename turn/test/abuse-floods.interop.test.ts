import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t from 'tap'
import type { TurnEngineOptions } from '../index.ts'
import { readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { channelNumber } from '../protocol/attributes/channel-number.ts'
import { data } from '../protocol/attributes/data.ts'
import { lifetime } from '../protocol/attributes/lifetime.ts'
import { requestedTransport } from '../protocol/attributes/requested-transport.ts'
import { xorPeerAddress } from '../protocol/attributes/xor-peer-address.ts'
import {
  type ChannelNumber,
  encodeChannelData,
  parseChannelData,
} from '../protocol/channel-data.ts'
import { methods } from '../protocol/methods.ts'
import { ContractClient, codeOf } from './contract-client.ts'
import { encodeRequest, having, havingRaw } from './encode-request.ts'
import { EngineInProcess } from './engine-in-process.ts'
import { TcpClient } from './tcp-client.ts'
import { makeCertificate } from './test-certificate.ts'
import { UdpEndpoint } from './udp-endpoint.ts'

t.setTimeout(120_000)

const loopback = { ip: '127.0.0.1', port: 0 }
const udp = having(requestedTransport, 17)
const channel = 0x4000 as ChannelNumber
const binding = encodeRequest(methods.binding, [])
const clientHello = Buffer.from('1603010200010001fc0303', 'hex')
const certificate = await makeCertificate()
const listen = { udp: [loopback], tcp: [loopback], tls: [loopback] }

async function start(
  t: Tap,
  options: Partial<TurnEngineOptions> = {},
  descriptors = 4096,
): Promise<EngineInProcess> {
  const engine = await EngineInProcess.start({ listen, certificate, ...options }, descriptors)
  t.teardown(() => engine.close())
  return engine
}

type Tap = Pick<typeof t, 'teardown' | 'match' | 'equal' | 'comment' | 'ok'>

/** The engine still answers over UDP and TCP, and nothing in it broke. */
async function isWell(t: Tap, engine: EngineInProcess): Promise<void> {
  const client = await ContractClient.open(engine)
  client.send(binding)
  t.match(await client.nextMessage(), { class: 'success' })
  client.close()
  const stream = await TcpClient.open(engine)
  t.match(await stream.request(methods.binding), { class: 'success' })
  stream.socket.destroy()
  t.equal((await engine.state()).stats.bugs, 0)
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => socket.destroy())
  await once(socket, 'connect')
  return socket
}

t.test('survives a thousand connections that are reset, at every step', async (t) => {
  const engine = await start(t)
  const starts = [Buffer.alloc(0), binding.subarray(0, 10), binding, clientHello]
  for (let n = 0; n < 1000; n++) {
    const socket = await connected(n % 2 === 0 ? engine.tcpPort : engine.tlsPort)
    const bytes = starts[n % starts.length] ?? binding
    if (bytes.length > 0) await new Promise((sent) => socket.write(bytes, sent))
    socket.resetAndDestroy()
  }
  await isWell(t, engine)
})

t.test(
  'holds a bounded number of half-open TLS connections, and lets in who means it',
  async (t) => {
    const engine = await start(t, {
      tcpLimits: { halfOpen: 50, handshakeMs: 500, connectionsPerIp: 2000, idleMs: 500 },
    })
    const sockets = await Promise.all(
      Array.from({ length: 400 }, async () => {
        const socket = await connected(engine.tlsPort)
        socket.write(clientHello)
        socket.resume()
        return socket
      }),
    )
    await isWell(t, engine)
    await Promise.all(sockets.map((socket) => socket.closed || once(socket, 'close')))
    const { descriptors } = await engine.state()
    t.ok(descriptors < 50, `${descriptors} descriptors once they are cut`)
  },
)

t.test('keeps no more than a frame of clients that announce large ones', async (t) => {
  const engine = await start(t, { tcpLimits: { idleMs: 1000, connectionsPerIp: 2000 } })
  const before = await engine.state()
  const stun = Buffer.concat([Buffer.from('0003fffc2112a442', 'hex'), Buffer.alloc(12)])
  const channelData = Buffer.from('4000ffff', 'hex')
  const sockets = await Promise.all(
    Array.from({ length: 100 }, async (_, n) => {
      const socket = await connected(engine.tcpPort)
      socket.write(Buffer.concat([n % 2 === 0 ? stun : channelData, Buffer.alloc(60_000)]))
      socket.resume()
      return socket
    }),
  )
  await isWell(t, engine)
  const held = (await engine.state()).heldBytes - before.heldBytes
  t.comment(`${held} bytes for 100 clients`)
  t.ok(held < 100 * 160_000)
  await Promise.all(sockets.map((socket) => socket.closed || once(socket, 'close')))
  await isWell(t, engine)
})

t.test('drops data for channels and peers that are none, and answers no answers', async (t) => {
  const engine = await start(t)
  const client = await ContractClient.open(engine)
  await client.allocate()
  const peer = { family: 4, ip: '127.0.0.1', port: 0 } as const
  const noPort = [having(xorPeerAddress, peer), having(data, Buffer.from('x'))]
  const answer = encodeRequest(methods.binding, [], { class: 'success' })
  const floods = [
    encodeChannelData(0x4abc as ChannelNumber, Buffer.alloc(100), false),
    encodeRequest(methods.send, noPort, { class: 'indication' }),
    answer,
    encodeRequest(methods.allocate, [], { class: 'error' }),
    Buffer.alloc(0),
    Buffer.alloc(1),
    Buffer.from('ffff', 'hex'),
  ]
  const stranger = await ContractClient.open(engine)
  for (let n = 0; n < 1000; n++) {
    for (const bytes of floods) client.send(bytes)
    for (const bytes of floods) stranger.send(bytes)
    if (n % 50 === 49) await engine.state()
  }
  client.send(binding)
  t.match(await client.nextMessage(), { class: 'success' }, 'nothing else came before')
  const { stats } = await engine.state()
  t.comment(JSON.stringify(stats.dropsByReason))
  t.ok((stats.dropsByReason['noChannel'] ?? 0) > 100)
  client.close()
  stranger.close()
  await isWell(t, engine)
})

t.test('brings empty datagrams of peers as empty data', async (t) => {
  const engine = await start(t)
  const client = await ContractClient.open(engine)
  const peer = await UdpEndpoint.open()
  const relayPort = await client.allocate()
  const at = { family: 4, ip: '127.0.0.1', port: peer.port } as const
  await client.request(methods.createPermission, having(xorPeerAddress, at))
  peer.send(Buffer.alloc(0), relayPort)
  const indication = await client.nextMessage()
  const read = readAttributes(indication, { data })
  t.match(read, { ok: true, value: { data: new Uint8Array(0) } })
  await client.request(
    methods.channelBind,
    having(channelNumber, channel),
    having(xorPeerAddress, at),
  )
  peer.send(Buffer.alloc(0), relayPort)
  const message = parseChannelData(await client.nextBytes())
  t.equal(message.ok && message.value.payload.length, 0)
  client.send(encodeChannelData(channel, Buffer.alloc(0), false))
  t.equal((await peer.next(2000))?.bytes.length, 0)
  peer.close()
  client.close()
  await isWell(t, engine)
})

t.test('counts what the operating system will not send, and goes on', async (t) => {
  const engine = await start(t, { allowedPeers: ['255.255.255.255', '127.0.0.0/8'] })
  const client = await TcpClient.open(engine)
  await client.allocate()
  const broadcast = { family: 4, ip: '255.255.255.255', port: 9 } as const
  const near = { family: 4, ip: '127.0.0.1', port: 9 } as const
  // No route leaves loopback: the first is EACCES, the second EMSGSIZE, and full queues (ENOBUFS) fail in the same place.
  for (const peer of [broadcast, near]) {
    const permitted = await client.request(methods.createPermission, having(xorPeerAddress, peer))
    t.equal(codeOf(permitted), undefined)
  }
  const send = (peer: typeof broadcast | typeof near, bytes: number) =>
    client.socket.write(
      encodeRequest(
        methods.send,
        [having(xorPeerAddress, peer), havingRaw(data.type, Buffer.alloc(bytes))],
        { class: 'indication' },
      ),
    )
  for (let n = 0; n < 100; n++) send(broadcast, 100)
  for (let n = 0; n < 10; n++) send(near, 65_480)
  await client.request(methods.binding)
  await isWell(t, engine)
  const { stats } = await engine.state()
  t.ok(stats.sendErrors >= 100, `${stats.sendErrors} counted`)
  client.socket.destroy()
})

t.test(
  'refuses allocations when the process has no descriptors left, and makes them again after',
  async (t) => {
    const engine = await start(t, { listen: { udp: [loopback], tcp: [loopback] } }, 64)
    const clients = await Promise.all(Array.from({ length: 30 }, () => ContractClient.open(engine)))
    const codes: (number | undefined)[] = []
    const streams: Socket[] = []
    for (let n = 0; n < 20; n++) streams.push(await connected(engine.tcpPort))
    for (const client of clients) {
      await client.learnNonce()
      codes.push(codeOf(await client.request(methods.allocate, udp)))
    }
    t.ok(codes.includes(508), 'the last ones are told 508')
    t.equal(codes[0], undefined, 'the first ones have theirs')
    for (let n = 0; n < 60; n++) streams.push(await connected(engine.tcpPort))
    for (const stream of streams) stream.destroy()
    for (const client of clients) {
      const answer = await client.request(methods.refresh, having(lifetime, 0))
      t.ok([undefined, 437].includes(codeOf(answer)))
    }
    const [first] = clients
    t.equal(first && codeOf(await first.request(methods.allocate, udp)), undefined)
    for (const client of clients) client.close()
    await isWell(t, engine)
  },
)
