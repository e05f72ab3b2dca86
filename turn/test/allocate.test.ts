import t from 'tap'
import { readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { evenPort } from '../protocol/attributes/even-port.ts'
import { lifetime } from '../protocol/attributes/lifetime.ts'
import { requestedAddressFamily } from '../protocol/attributes/requested-address-family.ts'
import { requestedTransport } from '../protocol/attributes/requested-transport.ts'
import { reservationToken } from '../protocol/attributes/reservation-token.ts'
import { unknownAttributes } from '../protocol/attributes/unknown-attributes.ts'
import { xorMappedAddress } from '../protocol/attributes/xor-mapped-address.ts'
import { xorRelayedAddress } from '../protocol/attributes/xor-relayed-address.ts'
import { methods } from '../protocol/methods.ts'
import type { TurnOutput } from '../server/turn-io.ts'
import { encodeRequest, having, havingRaw } from './encode-request.ts'
import { errorIn, isSignedBy, responseIn, Scenario } from './scenario.ts'

const udp = having(requestedTransport, 17)
const types = (outputs: readonly TurnOutput[]) => outputs.map(({ type }) => type)

t.test('asks for a socket, is answered, then tells the client (RFC 8656 §7.2)', (t) => {
  const scenario = new Scenario()
  const client = scenario.client().learnNonce()
  const asked = client.send(encodeRequest(methods.allocate, [udp], { login: client.login }))
  t.match(asked, [
    {
      type: 'bindRelay',
      families: [4],
      port: 'any',
      reserveNext: false,
      dontFragment: false,
      userId: 'alice',
      clientIp: client.tuple.client.ip,
    },
  ])
  const told = scenario.bind(asked)
  t.same(types(told), ['sendToClient'])
  t.ok(isSignedBy(told, client.key))
  const read = readAttributes(responseIn(told), {
    relayed: xorRelayedAddress,
    mapped: xorMappedAddress,
    seconds: lifetime,
  })
  t.same(read, {
    ok: true,
    value: {
      relayed: { family: 4, ip: '203.0.113.1', port: 50_002 },
      mapped: client.tuple.client,
      seconds: 600,
    },
  })
  t.match(scenario.server.stats(), { allocations: 1, byTransport: { udp: 1 } })
  t.end()
})

t.test('answers a retransmission alike, and nothing while the socket is being bound (§5)', (t) => {
  const scenario = new Scenario()
  const client = scenario.client().learnNonce()
  const bytes = encodeRequest(methods.allocate, [udp], { login: client.login })
  const asked = client.send(bytes)
  t.same(client.send(bytes), [], 'still waiting')
  const told = scenario.bind(asked)
  t.same(client.send(bytes), told, 'the same answer')
  scenario.advance(41)
  t.equal(errorIn(client.send(bytes)), 437, 'after 40 s it is a new request')
  t.end()
})

t.test('refuses a second Allocate on a five-tuple with 437 (RFC 8656 §7.2)', (t) => {
  const scenario = new Scenario()
  const client = scenario.client()
  client.allocate()
  const refused = client.request(methods.allocate, udp)
  t.equal(errorIn(refused), 437)
  t.ok(isSignedBy(refused, client.key), 'errors are signed too')
  t.end()
})

t.test('refuses what it cannot give (RFC 8656 §7.2)', (t) => {
  const scenario = new Scenario()
  const client = scenario.client().learnNonce()
  const refusal = (...attributes: Parameters<typeof client.request>[1][]) =>
    errorIn(client.request(methods.allocate, ...attributes))
  const token = having(reservationToken, new Uint8Array(8))
  const even = having(evenPort, { reserveNext: false })
  t.equal(refusal(), 400, 'no transport')
  t.equal(refusal(havingRaw(0x0019, Uint8Array.of(17))), 400, 'malformed transport')
  t.equal(refusal(having(requestedTransport, 6)), 442, 'TCP')
  t.equal(refusal(udp, having(requestedAddressFamily, 6)), 440, 'no IPv6 relay')
  t.equal(refusal(udp, having(requestedAddressFamily, 'other')), 440, 'unknown family')
  t.equal(refusal(udp, token, even), 400, 'token and even port')
  t.equal(refusal(udp, token, having(requestedAddressFamily, 4)), 400, 'token and family')
  t.equal(refusal(udp, token), 508, 'token never given')
  t.match(scenario.server.stats(), { allocations: 0, rejectionsByCode: { 400: 4, 440: 2 } })
  t.end()
})

t.test(
  'refuses DONT-FRAGMENT and others it must understand with 420 and their list (RFC 8489 §6.3.1)',
  (t) => {
    const client = new Scenario().client().learnNonce()
    const refused = client.request(methods.allocate, udp, havingRaw(0x001a), havingRaw(0x7abc))
    t.equal(errorIn(refused), 420)
    const read = readAttributes(responseIn(refused), { unknown: unknownAttributes })
    t.same(read, { ok: true, value: { unknown: [0x001a, 0x7abc] } })
    t.ok(isSignedBy(refused, client.key))
    t.end()
  },
)

t.test('ignores attributes that may be ignored (RFC 8489 §14)', (t) => {
  const client = new Scenario().client().learnNonce()
  t.equal(
    errorIn(client.request(methods.allocate, udp, havingRaw(0x8022), havingRaw(0xc001))),
    undefined,
  )
  t.end()
})

t.test(
  "follows the client's family when none is asked, and gives the asked one (RFC 8656 §7.2)",
  (t) => {
    const scenario = new Scenario({ families: [4, 6] })
    const relayedFamily = (outputs: readonly TurnOutput[]) => {
      const read = readAttributes(responseIn(outputs), { relayed: xorRelayedAddress })
      return read.ok ? read.value.relayed?.family : undefined
    }
    const six = scenario.client({ family: 6 }).learnNonce()
    t.equal(relayedFamily(six.request(methods.allocate, udp)), 6)
    const four = scenario.client().learnNonce()
    t.equal(
      relayedFamily(four.request(methods.allocate, udp, having(requestedAddressFamily, 6))),
      6,
    )
    const only4 = new Scenario().client({ family: 6 }).learnNonce()
    t.equal(relayedFamily(only4.request(methods.allocate, udp)), 4, 'the one there is')
    t.end()
  },
)

t.test('grants at least the default and at most an hour (RFC 8656 §7.2)', (t) => {
  const scenario = new Scenario()
  const granted = [1, 700, 100_000].map((seconds, index) => {
    const client = scenario.client({ port: 2000 + index }).learnNonce()
    const told = client.request(methods.allocate, udp, having(lifetime, seconds))
    const read = readAttributes(responseIn(told), { lifetime })
    return read.ok ? read.value.lifetime : undefined
  })
  t.same(granted, [600, 700, 3600])
  t.end()
})

t.test('tells 486 when the shell counts too many sockets, and forgets the allocation', (t) => {
  const scenario = new Scenario()
  const client = scenario.client().learnNonce()
  const [asked] = client.send(encodeRequest(methods.allocate, [udp], { login: client.login }))
  if (asked?.type !== 'bindRelay') throw new Error('a socket should be asked for')
  const { allocation } = asked
  const told = scenario.input({
    type: 'relayFailed',
    allocation,
    fault: 'allocationQuotaReached',
  })
  t.equal(errorIn(told), 486)
  t.equal(scenario.server.stats().allocations, 0)
  t.match(scenario.server.stats().rejections, [
    { code: 401, count: 1 },
    { code: 486, count: 1 },
  ])
  t.end()
})

t.test('tells 508 when the socket cannot be bound, and forgets the allocation', (t) => {
  const scenario = new Scenario()
  const client = scenario.client().learnNonce()
  const [asked] = client.send(encodeRequest(methods.allocate, [udp], { login: client.login }))
  if (asked?.type !== 'bindRelay') throw new Error('a socket should be asked for')
  const { allocation } = asked
  const told = scenario.input({ type: 'relayFailed', allocation, fault: 'insufficientCapacity' })
  t.equal(errorIn(told), 508)
  t.equal(scenario.server.stats().allocations, 0)
  t.equal(errorIn(client.request(methods.allocate, udp)), undefined, 'the next one may work')
  t.end()
})

t.test('tells 508 when the shell never answers, and closes what it may bind yet', (t) => {
  const scenario = new Scenario()
  const client = scenario.client().learnNonce()
  const [asked] = client.send(encodeRequest(methods.allocate, [udp], { login: client.login }))
  if (asked?.type !== 'bindRelay') throw new Error('a socket should be asked for')
  const outputs = scenario.advance(6)
  t.equal(errorIn(outputs), 508)
  t.match(outputs.at(-1), { type: 'closeRelay', allocation: asked.allocation })
  const late = { family: 4, ip: '203.0.113.1', port: 50_002 } as const
  t.same(
    scenario.input({ type: 'relayBound', allocation: asked.allocation, relayed: [late] }),
    [{ type: 'closeRelay', allocation: asked.allocation }],
    'a late socket is closed',
  )
  t.ok(scenario.server.indexesAgree())
  t.end()
})

t.test("reserves the next port for the token's owner, for 30 s (RFC 8656 §7.2)", (t) => {
  const scenario = new Scenario()
  const tokenOf = (port: number) => {
    const client = scenario.client({ port }).learnNonce()
    const told = client.request(methods.allocate, udp, having(evenPort, { reserveNext: true }))
    const read = readAttributes(responseIn(told), { token: reservationToken })
    if (!read.ok || !read.value.token) throw new Error('no token')
    return having(reservationToken, read.value.token)
  }
  const token = tokenOf(4000)
  const thief = scenario.client({ port: 4001, id: 'mallory' }).learnNonce()
  t.equal(errorIn(thief.request(methods.allocate, udp, token)), 508)
  const second = scenario.client({ port: 4002 }).learnNonce()
  const claimed = readAttributes(responseIn(second.request(methods.allocate, udp, token)), {
    relayed: xorRelayedAddress,
  })
  t.match(claimed, { value: { relayed: { port: 50_003 } } })
  const late = tokenOf(4003)
  scenario.advance(31)
  const third = scenario.client({ port: 4004 }).learnNonce()
  t.equal(errorIn(third.request(methods.allocate, udp, late)), 508)
  t.ok(scenario.server.indexesAgree())
  t.end()
})

t.test('tokens of one engine hold in another with the same secret, and in no other', (t) => {
  const nonceSecret = new Uint8Array(32).fill(7)
  const scenarios = [nonceSecret, nonceSecret, nonceSecret.map((byte) => byte + 1)].map(
    (secret) => new Scenario({ parts: { nonceSecret: secret } }),
  )
  const [first, ...others] = scenarios
  const client = first?.client({ port: 4000 }).learnNonce()
  const told = client?.request(methods.allocate, udp, having(evenPort, { reserveNext: true }))
  const read = readAttributes(responseIn(told ?? []), { token: reservationToken })
  if (!read.ok || !read.value.token) throw new Error('no token')
  const token = having(reservationToken, read.value.token)
  const answers = others.map((scenario) => {
    const same = scenario.client({ port: 4001 }).learnNonce()
    return errorIn(same.request(methods.allocate, udp, token))
  })
  t.same(answers, [undefined, 508])
  t.end()
})
