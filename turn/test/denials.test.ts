import t from 'tap'
import { channelNumber } from '../protocol/attributes/channel-number.ts'
import { data } from '../protocol/attributes/data.ts'
import { xorPeerAddress } from '../protocol/attributes/xor-peer-address.ts'
import { type ChannelNumber, encodeChannelData } from '../protocol/channel-data.ts'
import { methods } from '../protocol/methods.ts'
import type { TransportAddress } from '../protocol/transport-address.ts'
import { parseCidr } from '../server/cidr.ts'
import { createPeerPolicy, type PeerRules } from '../server/peer-policy.ts'
import { ContractClient, codeOf } from './contract-client.ts'
import { encodeRequest, having } from './encode-request.ts'
import { startOurEngine } from './our-engine.ts'
import { errorIn, peerAt, Scenario } from './scenario.ts'
import { UdpEndpoint } from './udp-endpoint.ts'

const channel = 0x4000 as ChannelNumber
const ranges = (...texts: string[]) => texts.flatMap((text) => parseCidr(text) ?? [])
const at = (ip: string, port: number): TransportAddress => ({ family: 4, ip, port })
const permit = (peer: TransportAddress) =>
  [methods.createPermission, having(xorPeerAddress, peer)] as const
const bind = (peer: TransportAddress, number = channel) =>
  [methods.channelBind, having(channelNumber, number), having(xorPeerAddress, peer)] as const
const send = (peer: TransportAddress) =>
  encodeRequest(methods.send, [having(xorPeerAddress, peer), having(data, Buffer.from('x'))], {
    class: 'indication',
  })

t.test('explains each refusal: who asked for what, by which door, and the rule', (t) => {
  const scenario = new Scenario()
  const client = scenario.client({ id: 'y3bhwf8pzjbjxpn6g5ekpn5f9y' })
  const allocation = client.allocate()
  const ownPort = at('203.0.113.1', 22)
  t.equal(errorIn(client.request(...permit(at('172.17.0.2', 8443)))), 403)
  t.equal(errorIn(client.request(...permit(at('172.17.0.2', 8443)))), 403)
  t.equal(errorIn(client.request(...bind(ownPort))), 403)
  t.equal(errorIn(client.request(...permit(ownPort))), undefined, 'for its media port')
  t.same(client.send(send(ownPort)), [])
  scenario.input({ type: 'peerDatagram', allocation, peer: ownPort, bytes: Buffer.from('x') })
  const special = 'special-use: private 172.16.0.0/12'
  const own = 'this machine, not a media port'
  const rows = scenario.server.deniedPeers(scenario.now)
  t.match(rows, [
    { by: 'inbound', ip: '203.0.113.1', port: 22, reason: own, count: 1 },
    { by: 'send', ip: '203.0.113.1', port: 22, reason: own, count: 1 },
    { by: 'channel', ip: '203.0.113.1', port: 22, reason: own, count: 1 },
    { by: 'permission', ip: '172.17.0.2', port: 8443, reason: special, count: 2 },
  ])
  t.equal(rows[0]?.lastAtMs, Math.round(scenario.now.unixSeconds * 1000))
  t.equal(rows[0]?.userId, 'y3bhwf8pzjbjxpn6g5ekpn5f9y')
  const told = scenario.events.filter(({ name }) => name === 'peerDenied')
  t.equal(told.length, 4, 'the log is told once of each')
  t.match(told[0], { ip: '172.17.0.2', by: 'permission', reason: special, userId: 'y3bhwf…' })
  t.equal(scenario.server.stats().deniedPeers, 5)
  t.end()
})

t.test('keeps its own tries of the deny list out of what an operator sees', (t) => {
  const scenario = new Scenario({ parts: { selfTestUserId: 'tries itself' } })
  for (const [id, count] of [
    ['tries itself', 0],
    ['somebody', 1],
  ] as const) {
    const client = scenario.client({ id, port: 5000 + count })
    client.allocate()
    t.equal(errorIn(client.request(...permit(at('172.17.0.2', 8443)))), 403)
    const { deniedPeers, rejectionsByCode } = scenario.server.stats()
    t.equal(deniedPeers, count)
    t.equal(rejectionsByCode['403'] ?? 0, count)
    t.equal(scenario.server.deniedPeers(scenario.now).length, count)
  }
  t.end()
})

t.test('stops relaying to a peer that other rules deny, and to no other', (t) => {
  const rules: PeerRules = {
    ownMedia: [{ ip: '203.0.113.1', port: 8443 }],
    ownIps: ['203.0.113.1'],
    relayPorts: { min: 49_152, max: 65_535 },
    allowed: ranges('198.51.100.0/24'),
    denied: [],
  }
  const peerPolicy = createPeerPolicy(rules)
  const scenario = new Scenario({ parts: { peerPolicy } })
  const client = scenario.client()
  const allocation = client.allocate()
  const media = at('203.0.113.1', 8443)
  client.request(...permit(peerAt(1)))
  client.request(...bind(peerAt(2), 0x4002 as ChannelNumber))
  client.request(...bind(media))
  client.request(...permit(peerAt(3)))
  peerPolicy.replace({ ...rules, ownMedia: [], denied: ranges('198.51.100.1', '198.51.100.2') })
  t.same(scenario.input({ type: 'policyChanged' }), [])
  const bytes = Buffer.from('x')
  t.same(client.send(send(peerAt(1))), [])
  t.same(client.send(encodeChannelData(0x4002 as ChannelNumber, bytes, false)), [])
  t.same(client.send(encodeChannelData(channel, bytes, false)), [], 'media that is no more')
  t.same(scenario.input({ type: 'peerDatagram', allocation, peer: peerAt(1), bytes }), [])
  t.same(scenario.input({ type: 'peerDatagram', allocation, peer: media, bytes }), [])
  t.equal(client.send(send(peerAt(3))).length, 1)
  t.equal(errorIn(client.request(...permit(peerAt(1)))), 403, 'and cannot come back')
  t.equal(errorIn(client.request(...bind(media))), 403)
  t.ok(scenario.server.indexesAgree())
  t.end()
})

t.test('follows new ranges on real sockets, and tells whom it refused', async (t) => {
  const server = await startOurEngine()
  const peer = await UdpEndpoint.open()
  const client = await ContractClient.open(server)
  t.teardown(async () => {
    client.close()
    peer.close()
    await server.close()
  })
  const here = at('127.0.0.1', peer.port)
  await client.allocate()
  t.equal(codeOf(await client.request(...permit(here))), undefined)
  client.send(send(here))
  t.equal(`${(await peer.next(2000))?.bytes}`, 'x')
  server.engine.setPeers({ allowed: ['127.0.0.2'], denied: ['127.0.0.1'] })
  client.send(send(here))
  t.equal(codeOf(await client.request(...permit(here))), 403)
  t.match(server.engine.deniedPeers(), [
    { ip: '127.0.0.1', by: 'permission', reason: 'denied by turn.denied_peers 127.0.0.1' },
  ])
  t.ok(Math.abs((server.engine.deniedPeers()[0]?.lastAtMs ?? 0) - Date.now()) < 60_000)
  t.equal(codeOf(await client.request(...permit(at('127.0.0.2', 9)))), undefined)
  t.throws(() => server.engine.setPeers({ allowed: ['here'], denied: [] }), {
    code: 'TURN_BAD_CIDR',
  })
  server.engine.setPeers({ allowed: ['127.0.0.0/8'], denied: [] })
  t.same(server.engine.deniedPeers(), [], 'nothing of it is refused any more')
  t.equal(codeOf(await client.request(...permit(here))), undefined)
  client.send(send(here))
  t.equal(`${(await peer.next(2000))?.bytes}`, 'x', 'what was sent in between is not there')
  t.equal(server.engine.stats().dropsByReason['noPermission'], 1)
})
