import t from 'tap'
import { additionalAddressFamily } from '../protocol/attributes/additional-address-family.ts'
import { addressErrorCode } from '../protocol/attributes/address-error-code.ts'
import { readAll, readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { channelNumber } from '../protocol/attributes/channel-number.ts'
import { evenPort } from '../protocol/attributes/even-port.ts'
import { lifetime } from '../protocol/attributes/lifetime.ts'
import { requestedAddressFamily } from '../protocol/attributes/requested-address-family.ts'
import { requestedTransport } from '../protocol/attributes/requested-transport.ts'
import { reservationToken } from '../protocol/attributes/reservation-token.ts'
import { xorPeerAddress } from '../protocol/attributes/xor-peer-address.ts'
import { xorRelayedAddress } from '../protocol/attributes/xor-relayed-address.ts'
import type { ChannelNumber } from '../protocol/channel-data.ts'
import { methods } from '../protocol/methods.ts'
import type { TransportAddress } from '../protocol/transport-address.ts'
import type { TurnOutput } from '../server/turn-io.ts'
import { encodeRequest, having } from './encode-request.ts'
import { errorIn, peerAt, responseIn, Scenario, type ScenarioClient } from './scenario.ts'

const udp = having(requestedTransport, 17)
const both = having(additionalAddressFamily, 6)
const four = peerAt(1)
const six: TransportAddress = { family: 6, ip: '2600::1', port: 4000 }

const familiesIn = (outputs: readonly TurnOutput[]) => {
  const read = readAll(responseIn(outputs), xorRelayedAddress)
  return read.ok ? read.value.map(({ family }) => family) : []
}
const permit = (client: ScenarioClient, ...peers: TransportAddress[]) =>
  errorIn(client.request(methods.createPermission, ...peers.map((p) => having(xorPeerAddress, p))))
const refresh = (client: ScenarioClient, seconds: number, family?: 4 | 6) =>
  errorIn(
    client.request(
      methods.refresh,
      having(lifetime, seconds),
      ...(family ? [having(requestedAddressFamily, family)] : []),
    ),
  )

t.test('gives a relayed address of each family (RFC 8656 §7.2)', (t) => {
  const scenario = new Scenario({ families: [4, 6] })
  const client = scenario.client().learnNonce()
  const told = client.request(methods.allocate, udp, both)
  t.same(familiesIn(told), [4, 6])
  t.match(scenario.server.stats(), { allocations: 1, byFamily: { 4: 1, 6: 1 } })
  t.equal(permit(client, four, six), undefined, 'peers of both')
  t.ok(scenario.server.indexesAgree())
  t.end()
})

t.test('gives what there is, and says what not (RFC 8656 §7.2)', (t) => {
  const readError = (outputs: readonly TurnOutput[]) => {
    const read = readAttributes(responseIn(outputs), { addressErrorCode })
    return read.ok ? read.value.addressErrorCode : undefined
  }
  const only4 = new Scenario({ families: [4] }).client().learnNonce()
  const told = only4.request(methods.allocate, udp, both)
  t.same(familiesIn(told), [4])
  t.same(readError(told), { family: 6, code: 440 })
  const scenario = new Scenario({ families: [4, 6] })
  const client = scenario.client().learnNonce()
  const bytes = encodeRequest(methods.allocate, [udp, both], { login: client.login })
  const [asked] = client.send(bytes)
  if (asked?.type !== 'bindRelay') throw new Error('sockets should be asked for')
  t.same(asked.families, [4, 6])
  const relayed = [{ family: 6, ip: '2001:db8::1', port: 50_000 } as const]
  const missing = { family: 4, fault: 'insufficientCapacity' } as const
  const { allocation } = asked
  const partly = scenario.input({ type: 'relayBound', allocation, relayed, missing })
  t.same(familiesIn(partly), [6])
  t.same(readError(partly), { family: 4, code: 508 })
  t.equal(permit(client, four), 443)
  t.end()
})

t.test('refuses contradictions with 400 (RFC 8656 §7.2)', (t) => {
  const client = new Scenario({ families: [4, 6] }).client().learnNonce()
  const refusal = (...attributes: Parameters<typeof client.request>[1][]) =>
    errorIn(client.request(methods.allocate, udp, ...attributes))
  t.equal(refusal(both, having(requestedAddressFamily, 4)), 400)
  t.equal(refusal(both, having(evenPort, { reserveNext: true })), 400)
  t.equal(refusal(both, having(reservationToken, new Uint8Array(8))), 400)
  t.equal(refusal(having(additionalAddressFamily, 4)), 400, 'the additional one is IPv6')
  t.equal(refusal(both, having(evenPort, { reserveNext: false })), undefined)
  t.end()
})

t.test('refreshes and ends one family alone (RFC 8656 §8.2)', (t) => {
  const scenario = new Scenario({ families: [4, 6] })
  const client = scenario.client()
  const allocation = client.allocate(both)
  t.equal(permit(client, four, six), undefined)
  const ended = client.send(
    encodeRequest(methods.refresh, [having(lifetime, 0), having(requestedAddressFamily, 4)], {
      login: client.login,
    }),
  )
  t.match(ended, [{ type: 'closeRelay', allocation, family: 4 }, { type: 'sendToClient' }])
  t.match(scenario.server.stats(), { allocations: 1, byFamily: { 4: 0, 6: 1 } })
  t.equal([...scenario.server.flows()].length, 1, 'the permission of the other family stays')
  t.equal(refresh(client, 600, 4), 443)
  t.equal(permit(client, four), 443)
  t.equal(refresh(client, 0, 6), undefined)
  t.equal(scenario.server.stats().allocations, 0)
  t.ok(scenario.server.indexesAgree())
  t.end()
})

t.test('lets one family expire while the other is refreshed', (t) => {
  const scenario = new Scenario({ families: [4, 6] })
  const client = scenario.client()
  const allocation = client.allocate(both)
  scenario.advance(500)
  t.equal(refresh(client, 600, 6), undefined)
  t.same(scenario.advance(101), [{ type: 'closeRelay', allocation, family: 4 }])
  t.same(scenario.advance(600), [{ type: 'closeRelay', allocation }])
  t.equal(scenario.server.nextTimeoutMs(), undefined)
  t.end()
})

t.test('relays in both families, each by its own relayed address', (t) => {
  const scenario = new Scenario({ families: [4, 6] })
  const client = scenario.client()
  const allocation = client.allocate(both)
  for (const [index, peer] of [four, six].entries()) {
    const number = having(channelNumber, (0x4000 + index) as ChannelNumber)
    const bound = client.request(methods.channelBind, number, having(xorPeerAddress, peer))
    t.equal(errorIn(bound), undefined)
    const bytes = Uint8Array.of(1)
    t.match(scenario.input({ type: 'peerDatagram', allocation, peer, bytes }), [
      { type: 'sendToClient' },
    ])
  }
  t.same([...scenario.server.flows()].map(({ relayed }) => relayed.family).sort(), [4, 4, 6, 6])
  t.end()
})
