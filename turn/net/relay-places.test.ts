import t, { type Test } from 'tap'
import { additionalAddressFamily } from '../protocol/attributes/additional-address-family.ts'
import { addressErrorCode } from '../protocol/attributes/address-error-code.ts'
import { readAll, readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { data } from '../protocol/attributes/data.ts'
import { evenPort } from '../protocol/attributes/even-port.ts'
import { lifetime } from '../protocol/attributes/lifetime.ts'
import { requestedAddressFamily } from '../protocol/attributes/requested-address-family.ts'
import { requestedTransport } from '../protocol/attributes/requested-transport.ts'
import { reservationToken } from '../protocol/attributes/reservation-token.ts'
import { xorPeerAddress } from '../protocol/attributes/xor-peer-address.ts'
import { xorRelayedAddress } from '../protocol/attributes/xor-relayed-address.ts'
import { methods } from '../protocol/methods.ts'
import type { StunMessage } from '../protocol/stun-message.ts'
import { defaultLimits } from '../server/limits.ts'
import { localPlaces, Quotas } from '../server/quotas.ts'
import type { AllocationId } from '../server/turn-io.ts'
import { ContractClient, codeOf } from '../test/contract-client.ts'
import { encodeRequest, having } from '../test/encode-request.ts'
import { dualRelay, startOurEngine } from '../test/our-engine.ts'
import { UdpEndpoint } from '../test/udp-endpoint.ts'
import { silentLog } from './log.ts'
import { RelaySockets } from './relay-sockets.ts'

const udp = having(requestedTransport, 17)
const pair = having(evenPort, { reserveNext: true })
const both = having(additionalAddressFamily, 6)

async function start(t: Test, options: Parameters<typeof startOurEngine>[0], clients: number) {
  const server = await startOurEngine(options)
  t.teardown(() => server.close())
  const opened = await Promise.all(
    Array.from({ length: clients }, () => ContractClient.open(server)),
  )
  for (const client of opened) {
    t.teardown(() => client.close())
    await client.learnNonce()
  }
  const [first, second = first] = opened
  if (!first || !second) throw new Error('a test needs a client')
  return { server, first, second }
}

function tokenIn(answer: StunMessage): Uint8Array {
  const read = readAttributes(answer, { token: reservationToken })
  if (!read.ok || !read.value.token) throw new Error(`no token: ${codeOf(answer)}`)
  return read.value.token
}

t.test('relays by both addresses of a dual allocation, and lets go of one', async (t) => {
  const allowedPeers = ['127.0.0.0/8', '::1']
  const options = { relay: dualRelay, allowedPeers }
  const { server, first, second } = await start(t, options, 2)
  const answer = await first.request(methods.allocate, udp, both)
  const relayed = readAll(answer, xorRelayedAddress)
  t.match(relayed, { value: [{ family: 4 }, { family: 6, ip: '::1' }] })
  t.match(server.engine.stats(), { allocations: 1, byFamily: { 4: 1, 6: 1 } })
  const port = await second.allocate(having(requestedAddressFamily, 6))
  const at = having(xorPeerAddress, { family: 6, ip: '::1', port })
  await first.request(methods.createPermission, at)
  const source = relayed.ok ? relayed.value[1] : undefined
  if (!source) throw new Error('no IPv6 address')
  await second.request(methods.createPermission, having(xorPeerAddress, source))
  const body = [at, having(data, Buffer.from('six'))]
  first.send(encodeRequest(methods.send, body, { class: 'indication' }))
  const arrived = readAttributes(await second.nextMessage(), { from: xorPeerAddress })
  t.match(arrived, { value: { from: source } })
  await first.request(methods.refresh, having(lifetime, 0), having(requestedAddressFamily, 6))
  t.match(server.engine.stats(), { allocations: 2, byFamily: { 4: 1, 6: 1 } })
  t.match(server.engine.allocations()[0]?.relayed, [{ family: 4 }])
})

t.test('gives the family that has a port left, and 508 for the other', async (t) => {
  const taken = await UdpEndpoint.open()
  t.teardown(() => taken.close())
  const relay = { ...dualRelay, portMin: taken.port, portMax: taken.port }
  const { first } = await start(t, { relay, limits: { allocationsPerUser: 2 } }, 1)
  const answer = await first.request(methods.allocate, udp, both)
  t.match(readAll(answer, xorRelayedAddress), { value: [{ family: 6 }] })
  const error = readAttributes(answer, { addressErrorCode })
  t.match(error, { value: { addressErrorCode: { family: 4, code: 508 } } })
})

t.test(
  'refuses one user too many sockets with 486, one address too, and all with 508',
  async (t) => {
    const limits = [
      { limit: { allocationsPerUser: 2 }, code: 486 },
      { limit: { allocationsPerAddress: 2 }, code: 486 },
      { limit: { allocations: 2 }, code: 508 },
    ]
    for (const { limit, code } of limits) {
      const { first, second } = await start(t, { limits: limit, relay: dualRelay }, 2)
      t.equal(codeOf(await first.request(methods.allocate, udp)), undefined)
      t.equal(codeOf(await second.request(methods.allocate, udp, both)), code, 'two sockets more')
      t.equal(codeOf(await second.request(methods.allocate, udp)), undefined, 'one more')
      await first.request(methods.refresh, having(lifetime, 0))
      await second.request(methods.refresh, having(lifetime, 0))
      t.equal(codeOf(await first.request(methods.allocate, udp, both)), undefined, 'all given back')
    }
  },
)

t.test('keeps a reserved port and its place until it is claimed', async (t) => {
  const even = await UdpEndpoint.open()
  even.close()
  const portMin = even.port - (even.port % 2)
  const relay = { ...dualRelay, portMin, portMax: portMin + 1 }
  const { first, second } = await start(t, { relay, limits: { allocationsPerUser: 2 } }, 2)
  const token = tokenIn(await first.request(methods.allocate, udp, pair))
  t.equal(codeOf(await second.request(methods.allocate, udp)), 486, 'its place is taken')
  const claimed = await second.request(methods.allocate, udp, having(reservationToken, token))
  t.match(readAttributes(claimed, { relayed: xorRelayedAddress }), {
    value: { relayed: { port: portMin + 1 } },
  })
})

t.test('honours the token of another engine that has the same secret', async (t) => {
  const nonceSecret = new Uint8Array(32).fill(1)
  const { first } = await start(t, { nonceSecret }, 1)
  const { first: elsewhere } = await start(t, { nonceSecret }, 1)
  const answer = await first.request(methods.allocate, udp, pair)
  const token = having(reservationToken, tokenIn(answer))
  const claimed = await elsewhere.request(methods.allocate, udp, token)
  const own = readAttributes(answer, { relayed: xorRelayedAddress })
  const next = own.ok ? (own.value.relayed?.port ?? 0) + 1 : 0
  t.match(readAttributes(claimed, { relayed: xorRelayedAddress }), {
    value: { relayed: { port: next } },
  })
  const again = await first.request(methods.refresh, having(lifetime, 0))
  t.equal(codeOf(again), undefined)
  t.equal(codeOf(await first.request(methods.allocate, udp, token)), 508, 'in use elsewhere')
})

t.test('gives every place back, whenever an allocation ends while it is being bound', async (t) => {
  const quotas = new Quotas(defaultLimits)
  const relays = new RelaySockets({
    addresses: [
      { family: 4, ip: '127.0.0.1', announcedIp: '127.0.0.1' },
      { family: 6, ip: '::1', announcedIp: '::1' },
    ],
    portMin: 20_000,
    portMax: 29_999,
    peerAliases: [],
    places: localPlaces(quotas),
    log: silentLog,
    onBound: () => undefined,
    onFailed: () => undefined,
    onDatagram: () => undefined,
  })
  for (const [families, reserveNext] of [[[4, 6], false] as const, [[4], true] as const]) {
    for (let turns = 0; turns < 12; turns++) {
      const allocation = `${turns}` as AllocationId
      const user = { userId: 'alice', clientIp: '192.0.2.7' }
      const port = reserveNext ? 'even' : 'any'
      const wanted = { families, port, reserveNext, dontFragment: false, ...user } as const
      const opening = relays.open({ type: 'bindRelay', allocation, ...wanted })
      for (let turn = 0; turn < turns; turn++) await Promise.resolve()
      relays.close(allocation)
      await opening
    }
    relays.closeAll()
    t.equal(quotas.total, 0)
  }
})
