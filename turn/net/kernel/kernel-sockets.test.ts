import { performance } from 'node:perf_hooks'
import t, { type Test } from 'tap'
import { readAttributes } from '../../protocol/attributes/attribute-codec.ts'
import { data } from '../../protocol/attributes/data.ts'
import { dontFragment } from '../../protocol/attributes/dont-fragment.ts'
import { icmp } from '../../protocol/attributes/icmp.ts'
import { requestedAddressFamily } from '../../protocol/attributes/requested-address-family.ts'
import { requestedTransport } from '../../protocol/attributes/requested-transport.ts'
import { xorPeerAddress } from '../../protocol/attributes/xor-peer-address.ts'
import { methods } from '../../protocol/methods.ts'
import type { TransportAddress } from '../../protocol/transport-address.ts'
import { ContractClient, codeOf, silenceMs } from '../../test/contract-client.ts'
import { encodeRequest, having } from '../../test/encode-request.ts'
import { dualRelay, startOurEngine } from '../../test/our-engine.ts'
import { UdpEndpoint } from '../../test/udp-endpoint.ts'
import { createKernelSockets } from './kernel-sockets.ts'

const skip = createKernelSockets() ? false : 'this Node has no node:ffi'
const withDf = having(dontFragment, true)
const sendTo = (peer: TransportAddress, text: string, df: boolean) =>
  encodeRequest(
    methods.send,
    [having(xorPeerAddress, peer), having(data, Buffer.from(text)), ...(df ? [withDf] : [])],
    { class: 'indication' },
  )

/** A client of a server, and a peer; all of it ends with the test. */
async function startParties(t: Test) {
  const server = await startOurEngine()
  const client = await ContractClient.open(server)
  const peer = await UdpEndpoint.open()
  t.teardown(async () => {
    client.close()
    peer.close()
    await server.close()
  })
  return { client, peer }
}

/** A loopback port where nobody listens. */
async function closedPort(): Promise<number> {
  const endpoint = await UdpEndpoint.open()
  endpoint.close()
  return endpoint.port
}

t.test('sends with and without DF, and takes what peers send', { skip }, async (t) => {
  const { client, peer } = await startParties(t)
  const relayPort = await client.allocate(withDf)
  const at = { family: 4, ip: '127.0.0.1', port: peer.port } as const
  const permitted = await client.request(methods.createPermission, having(xorPeerAddress, at))
  t.equal(codeOf(permitted), undefined)
  for (const df of [true, false]) {
    client.send(sendTo(at, `DF ${df}`, df))
    const arrival = await peer.next(2000)
    t.equal(`${arrival?.bytes}`, `DF ${df}`)
    t.equal(arrival?.from.port, relayPort)
  }
  peer.send(Buffer.from('back'), relayPort)
  const back = readAttributes(await client.nextMessage(), { data })
  t.equal(back.ok && `${Buffer.from(back.value.data ?? [])}`, 'back')
})

const closed = [
  { family: 4, ip: '127.0.0.1', notice: { type: 3, code: 3, info: 0 } },
  { family: 6, ip: '::1', notice: { type: 1, code: 4, info: 0 } },
] as const
for (const { family, ip, notice } of closed) {
  const name = `tells of an IPv${family} peer's closed port, and rests then (RFC 8656 §11.5)`
  t.test(name, { skip }, async (t) => {
    const server = await startOurEngine({ relay: dualRelay, allowedPeers: ['127.0.0.0/8', '::1'] })
    const client = await ContractClient.open(server)
    t.teardown(async () => {
      client.close()
      await server.close()
    })
    await client.allocate(withDf, having(requestedAddressFamily, family))
    const at = { family, ip, port: await closedPort() }
    await client.request(methods.createPermission, having(xorPeerAddress, at))
    for (const df of [true, false]) {
      client.send(sendTo(at, 'is anybody there?', df))
      const read = readAttributes(await client.nextMessage(), { icmp, peer: xorPeerAddress, data })
      t.same(read, { ok: true, value: { icmp: notice, peer: at } })
    }
    for (let i = 0; i < 5; i++) client.send(sendTo(at, 'a burst', i % 2 === 0))
    let quiet = false
    while (!quiet) quiet = (await client.endpoint.next(silenceMs)) === undefined
    const before = performance.eventLoopUtilization()
    await client.endpoint.next(silenceMs)
    const { utilization } = performance.eventLoopUtilization(before)
    t.ok(utilization < 0.5, `the event loop is ${Math.round(utilization * 100)} % busy`)
  })
}

t.test('discards a Send with DF of a client that allocated without it', { skip }, async (t) => {
  const { client, peer } = await startParties(t)
  await client.allocate()
  const at = { family: 4, ip: '127.0.0.1', port: peer.port } as const
  await client.request(methods.createPermission, having(xorPeerAddress, at))
  client.send(sendTo(at, 'with', true))
  client.send(sendTo(at, 'without', false))
  t.equal(`${(await peer.next(2000))?.bytes}`, 'without')
})

t.test('leaves no open file behind where a port is taken', { skip }, async (t) => {
  const taken = await UdpEndpoint.open()
  const server = await startOurEngine({
    relay: { ...dualRelay, portMin: taken.port, portMax: taken.port },
  })
  const client = await ContractClient.open(server)
  t.teardown(async () => {
    client.close()
    await server.close()
  })
  await client.learnNonce()
  const udp = having(requestedTransport, 17)
  t.equal(codeOf(await client.request(methods.allocate, udp, withDf)), 508)
  taken.close()
  t.equal(await client.allocate(withDf), taken.port)
})
