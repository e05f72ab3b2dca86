import t from 'tap'
import { readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { channelNumber } from '../protocol/attributes/channel-number.ts'
import { data } from '../protocol/attributes/data.ts'
import { dontFragment } from '../protocol/attributes/dont-fragment.ts'
import { icmp } from '../protocol/attributes/icmp.ts'
import { requestedTransport } from '../protocol/attributes/requested-transport.ts'
import { xorPeerAddress } from '../protocol/attributes/xor-peer-address.ts'
import { type ChannelNumber, encodeChannelData } from '../protocol/channel-data.ts'
import { methods } from '../protocol/methods.ts'
import { parseCidr } from '../server/cidr.ts'
import type { FlowListener } from '../server/flow.ts'
import { createPeerPolicy } from '../server/peer-policy.ts'
import { encodeRequest, having } from './encode-request.ts'
import { errorIn, peerAt, responseIn, Scenario, type ScenarioClient } from './scenario.ts'

const channel = 0x4001 as ChannelNumber
const hundred = new Uint8Array(100)
const bind = (client: ScenarioClient, number: number = channel, peer = peerAt(1)) =>
  errorIn(
    client.request(
      methods.channelBind,
      having(channelNumber, number as ChannelNumber),
      having(xorPeerAddress, peer),
    ),
  )
const sendOnChannel = (client: ScenarioClient) =>
  client.send(encodeChannelData(channel, hundred, false)).length

t.test('keeps to the channel numbers of RFC 8656 §12 where that is asked', (t) => {
  const client = new Scenario({ parts: { strictChannels: true } }).client()
  client.allocate()
  t.equal(bind(client, 0x4fff), undefined)
  t.equal(bind(client, 0x5000, peerAt(2)), 400)
  t.end()
})

t.test('drops what is over the rate of an allocation, each way by itself', (t) => {
  const scenario = new Scenario({ limits: { bytesPerSecondPerAllocation: 250 } })
  const client = scenario.client()
  const allocation = client.allocate()
  bind(client)
  const fromPeer = () =>
    scenario.input({ type: 'peerDatagram', allocation, peer: peerAt(1), bytes: hundred }).length
  t.same(
    [1, 2, 3].map(() => sendOnChannel(client)),
    [1, 1, 0],
  )
  t.same([1, 2, 3].map(fromPeer), [1, 1, 0])
  scenario.advance(0.5)
  t.same(
    [1, 2].map(() => sendOnChannel(client)),
    [1, 0],
  )
  t.match(scenario.server.stats(), { dropsByReason: { overRate: 3 } })
  t.end()
})

t.test('counts what each allocation relays, and all by transport', (t) => {
  const scenario = new Scenario()
  const client = scenario.client()
  const allocation = client.allocate()
  bind(client)
  sendOnChannel(client)
  sendOnChannel(client)
  scenario.input({ type: 'peerDatagram', allocation, peer: peerAt(1), bytes: hundred })
  const [row] = scenario.server.allocations()
  t.match(row, { fromClient: { packets: 2, bytes: 200 }, toClient: { packets: 1, bytes: 100 } })
  t.match(scenario.server.stats().traffic, {
    udp: { fromClients: { packets: 2, bytes: 200 }, toClients: { packets: 1, bytes: 100 } },
    tcp: { fromClients: { packets: 0 } },
  })
  t.end()
})

t.test('tells what each user relayed since the last time, where a limit asks for it', (t) => {
  const scenario = new Scenario({ limits: { bytesPerDayPerUser: 1000 } })
  const client = scenario.client()
  client.allocate()
  bind(client)
  sendOnChannel(client)
  t.same([...scenario.server.takeUsage()], [['alice', 100]])
  t.same([...scenario.server.takeUsage()], [])
  sendOnChannel(client)
  scenario.advance(4000)
  t.equal(scenario.server.stats().allocations, 0)
  t.same([...scenario.server.takeUsage()], [['alice', 100]], 'also of allocations that are gone')
  const unlimited = new Scenario()
  const other = unlimited.client()
  other.allocate()
  bind(other)
  sendOnChannel(other)
  t.equal(unlimited.server.takeUsage().size, 0)
  t.end()
})

t.test('relays nothing for blocked users, old allocations and new, until they are free', (t) => {
  const scenario = new Scenario()
  const client = scenario.client()
  client.allocate()
  bind(client)
  scenario.input({ type: 'usersBlocked', userIds: new Set(['alice']) })
  t.equal(sendOnChannel(client), 0)
  const later = scenario.client({ port: 1001 })
  later.allocate()
  bind(later)
  t.equal(sendOnChannel(later), 0)
  const bob = scenario.client({ port: 1002, id: 'bob' })
  bob.allocate()
  bind(bob)
  t.equal(sendOnChannel(bob), 1)
  scenario.input({ type: 'usersBlocked', userIds: new Set() })
  t.equal(sendOnChannel(client), 1)
  t.end()
})

t.test('ends an allocation for an administrator, and hangs up on streams', (t) => {
  const scenario = new Scenario()
  const client = scenario.client()
  const allocation = client.allocate()
  t.same(scenario.input({ type: 'disconnect', allocation }), [{ type: 'closeRelay', allocation }])
  t.match(scenario.events.at(-1), { name: 'allocationDeleted', reason: 'disconnected' })
  t.equal(errorIn(client.request(methods.refresh)), 437)
  t.same(scenario.input({ type: 'disconnect', allocation }), [], 'only once')
  const stream = scenario.client({ transport: 'tls', port: 1001 })
  const second = stream.allocate()
  t.same(scenario.input({ type: 'disconnect', allocation: second }), [
    { type: 'closeRelay', allocation: second },
    { type: 'closeClient', client: stream.tuple },
  ])
  t.ok(scenario.server.indexesAgree())
  t.end()
})

t.test('tells a client 508 whose allocation is ended while it waits', (t) => {
  const scenario = new Scenario()
  const client = scenario.client().learnNonce()
  const asked = client.send(
    encodeRequest(methods.allocate, [having(requestedTransport, 17)], { login: client.login }),
  )
  const [bindRelay] = asked
  if (bindRelay?.type !== 'bindRelay') throw new Error('a socket should be asked for')
  const { allocation } = bindRelay
  const told = scenario.input({ type: 'disconnect', allocation })
  t.equal(errorIn(told), 508)
  t.match(told.at(-1), { type: 'closeRelay', allocation })
  t.end()
})

const range = (text: string) => {
  const cidr = parseCidr(text)
  if (!cidr) throw new Error('no range')
  return cidr
}

t.test('tells who follows the flow table of each change of it, also by a new policy', (t) => {
  const rules = {
    ownMedia: [peerAt(1)],
    ownIps: ['198.51.100.1'],
    relayPorts: { min: 1, max: 1 },
    allowed: [range('198.51.100.0/24')],
    denied: [],
  }
  const peerPolicy = createPeerPolicy(rules)
  const told: string[] = []
  const onFlow: FlowListener = (change, flow) =>
    told.push(
      `${change} ${flow.kind}${flow.kind === 'permission' && !flow.anyPort ? ' to some ports' : ''}`,
    )
  const scenario = new Scenario({ parts: { peerPolicy, onFlow } })
  const client = scenario.client()
  client.allocate()
  const happened = (act: () => unknown) => {
    told.length = 0
    act()
    return [...told]
  }
  t.same(
    happened(() => bind(client)),
    ['added channel', 'added permission'],
  )
  t.same(
    happened(() => bind(client)),
    ['changed channel', 'changed permission'],
  )
  const review = () => scenario.input({ type: 'policyChanged' })
  t.same(happened(review), [])
  peerPolicy.replace({ ...rules, allowed: [] })
  t.same(happened(review), ['changed permission to some ports'])
  peerPolicy.replace({ ...rules, ownMedia: [], allowed: [], denied: rules.allowed })
  t.same(happened(review), ['removed channel', 'removed permission to some ports'])
  t.end()
})

t.test('ends permissions and channels that a new policy does not allow', (t) => {
  const allowed = [range('198.51.100.0/24')]
  const rules = { ownMedia: [], ownIps: [], relayPorts: { min: 1, max: 1 }, allowed, denied: [] }
  const peerPolicy = createPeerPolicy(rules)
  const scenario = new Scenario({ parts: { peerPolicy } })
  const client = scenario.client()
  client.allocate()
  bind(client)
  bind(client, 0x4002, peerAt(2))
  peerPolicy.replace({ ...rules, denied: [range('198.51.100.1')] })
  scenario.input({ type: 'policyChanged' })
  t.same([...scenario.server.flows()].map(({ kind, ip }) => `${kind} ${ip}`).sort(), [
    'channel 198.51.100.2',
    'permission 198.51.100.2',
  ])
  t.equal(sendOnChannel(client), 0)
  t.ok(scenario.server.indexesAgree())
  t.end()
})

t.test('sends with DF where the shell can, and knows the attribute in Allocate then', (t) => {
  const scenario = new Scenario({ parts: { canDontFragment: true } })
  const client = scenario.client()
  const allocation = client.allocate(having(dontFragment, true))
  bind(client)
  const peer = having(xorPeerAddress, peerAt(1))
  const body = [peer, having(data, hundred), having(dontFragment, true)]
  t.match(client.send(encodeRequest(methods.send, body, { class: 'indication' })), [
    { type: 'sendToPeer', allocation, dontFragment: true },
  ])
  t.end()
})

t.test('tells of ICMP about permitted peers only, some a second (RFC 8656 §11.5)', (t) => {
  const scenario = new Scenario()
  const client = scenario.client()
  const allocation = client.allocate()
  const notice = { type: 3, code: 4, info: 1400 }
  const arrive = (host: number, one = notice) =>
    scenario.input({ type: 'peerUnreachable', allocation, peer: peerAt(host), icmp: one })
  t.same(arrive(1), [], 'no permission')
  bind(client)
  const message = responseIn(arrive(1))
  t.match(message, { class: 'indication', method: methods.data })
  const read = readAttributes(message, { icmp, peer: xorPeerAddress, data })
  t.same(read, { ok: true, value: { icmp: notice, peer: peerAt(1) } })
  t.same(arrive(1, { type: 8, code: 0, info: 0 }), [], 'no error')
  t.equal(Array.from({ length: 20 }, () => arrive(1)).flat().length, 9)
  scenario.advance(1)
  t.equal(arrive(1, { type: 11, code: 0, info: 0 }).length, 1)
  t.end()
})
