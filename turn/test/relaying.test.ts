import t from 'tap'
import { readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { channelNumber } from '../protocol/attributes/channel-number.ts'
import { data } from '../protocol/attributes/data.ts'
import { xorPeerAddress } from '../protocol/attributes/xor-peer-address.ts'
import { type ChannelNumber, encodeChannelData, isChannelNumber } from '../protocol/channel-data.ts'
import { methods } from '../protocol/methods.ts'
import type { TransportAddress } from '../protocol/transport-address.ts'
import { encodeRequest, having, havingRaw } from './encode-request.ts'
import { errorIn, peerAt, responseIn, Scenario, type ScenarioClient } from './scenario.ts'

const payload = Buffer.from('media')
const channel = (value: number): ChannelNumber => {
  if (!isChannelNumber(value)) throw new Error('no channel')
  return value
}
const permit = (client: ScenarioClient, ...peers: TransportAddress[]) =>
  errorIn(client.request(methods.createPermission, ...peers.map((p) => having(xorPeerAddress, p))))
const bindChannel = (client: ScenarioClient, number: number, peer: TransportAddress) =>
  errorIn(
    client.request(
      methods.channelBind,
      having(channelNumber, channel(number)),
      having(xorPeerAddress, peer),
    ),
  )
const send = (client: ScenarioClient, peer: TransportAddress, bytes: Uint8Array = payload) =>
  client.send(
    encodeRequest(methods.send, [having(xorPeerAddress, peer), having(data, bytes)], {
      class: 'indication',
    }),
  )

t.test('relays Send indications to permitted peers only (RFC 8656 §11.2)', (t) => {
  const scenario = new Scenario()
  const client = scenario.client()
  const allocation = client.allocate()
  t.same(send(client, peerAt(1)), [], 'no permission yet')
  t.equal(permit(client, peerAt(1)), undefined)
  t.same(send(client, peerAt(1)), [
    { type: 'sendToPeer', allocation, peer: peerAt(1), bytes: payload },
  ])
  t.match(send(client, peerAt(1, 9)), [{ type: 'sendToPeer' }], 'a permission is for all ports')
  t.match(send(client, peerAt(1), new Uint8Array(0)), [{ bytes: new Uint8Array(0) }], 'empty')
  t.same(send(client, peerAt(2)), [], 'another IP')
  t.same(send(client, peerAt(1, 0)), [], 'port 0')
  t.match(scenario.server.stats().dropsByReason, { noPermission: 2, malformed: 1 })
  t.end()
})

t.test('discards Send indications it does not fully understand (RFC 8656 §11.2)', (t) => {
  const client = new Scenario().client()
  client.allocate()
  permit(client, peerAt(1))
  const peer = having(xorPeerAddress, peerAt(1))
  const bodies = [[peer], [having(data, payload)], [peer, having(data, payload), havingRaw(0x001a)]]
  for (const body of bodies) {
    t.same(client.send(encodeRequest(methods.send, body, { class: 'indication' })), [])
  }
  t.end()
})

t.test("brings a peer's datagram as a Data indication, from permitted peers only (§11.3)", (t) => {
  const scenario = new Scenario()
  const client = scenario.client()
  const allocation = client.allocate()
  const arrive = (peer: TransportAddress, bytes: Uint8Array = payload) =>
    scenario.input({ type: 'peerDatagram', allocation, peer, bytes })
  t.same(arrive(peerAt(1)), [])
  permit(client, peerAt(1))
  const message = responseIn(arrive(peerAt(1, 77)))
  t.match(message, { class: 'indication', method: methods.data })
  const read = readAttributes(message, { peer: xorPeerAddress, data })
  t.match(read, { value: { peer: peerAt(1, 77) } })
  t.same(read.ok && Buffer.from(read.value.data ?? []), payload)
  t.equal(arrive(peerAt(1), new Uint8Array(0)).length, 1, 'an empty datagram')
  t.same(arrive(peerAt(2)), [])
  t.end()
})

t.test('lets a permission lapse after 300 s and a renewed one not (RFC 8656 §9)', (t) => {
  const scenario = new Scenario()
  const client = scenario.client()
  client.allocate()
  permit(client, peerAt(1))
  scenario.advance(299)
  t.equal(send(client, peerAt(1)).length, 1)
  permit(client, peerAt(1))
  scenario.advance(299)
  t.equal(send(client, peerAt(1)).length, 1)
  scenario.advance(2)
  t.equal(send(client, peerAt(1)).length, 0)
  t.end()
})

t.test('installs all permissions of a request or none (RFC 8656 §10.2)', (t) => {
  const client = new Scenario().client()
  client.allocate()
  const inside = { family: 4, ip: '10.0.0.1', port: 1 } as const
  t.equal(permit(client, peerAt(1), inside), 403)
  t.same(send(client, peerAt(1)), [])
  t.equal(permit(client, peerAt(1), peerAt(2), peerAt(3)), undefined)
  t.equal(send(client, peerAt(3)).length, 1)
  t.equal(permit(client), 400, 'no peer at all')
  t.equal(permit(client, { family: 6, ip: '2600::1', port: 1 }), 443, 'other family')
  t.end()
})

t.test('refuses more permissions and channels than the limits with 508', (t) => {
  const client = new Scenario({ limits: { permissions: 3, channels: 2 } }).client()
  client.allocate()
  t.equal(permit(client, peerAt(1), peerAt(2), peerAt(3), peerAt(4)), 508)
  t.equal(bindChannel(client, 0x4000, peerAt(1)), undefined)
  t.equal(bindChannel(client, 0x4001, peerAt(1, 1)), undefined)
  t.equal(bindChannel(client, 0x4002, peerAt(1, 2)), 508)
  t.equal(bindChannel(client, 0x4001, peerAt(1, 1)), undefined, 'renewing is always possible')
  t.end()
})

t.test('relays on a channel both ways, and binding permits the peer (RFC 8656 §12)', (t) => {
  const scenario = new Scenario()
  const client = scenario.client()
  const allocation = client.allocate()
  t.equal(bindChannel(client, 0x4001, peerAt(1)), undefined)
  const message = encodeChannelData(channel(0x4001), payload, false)
  t.same(client.send(message), [
    { type: 'sendToPeer', allocation, peer: peerAt(1), bytes: new Uint8Array(payload) },
  ])
  t.same(scenario.input({ type: 'peerDatagram', allocation, peer: peerAt(1), bytes: payload }), [
    { type: 'sendToClient', to: client.tuple, bytes: message },
  ])
  t.equal(send(client, peerAt(1)).length, 1, 'Send works too')
  t.same(client.send(encodeChannelData(channel(0x4002), payload, false)), [], 'unbound channel')
  t.end()
})

t.test('accepts padding on UDP and pads on streams (RFC 8656 §12.5)', (t) => {
  const scenario = new Scenario()
  const client = scenario.client({ transport: 'tcp' })
  const allocation = client.allocate()
  bindChannel(client, 0x4001, peerAt(1))
  t.match(client.send(encodeChannelData(channel(0x4001), payload, true)), [
    { type: 'sendToPeer', bytes: new Uint8Array(payload) },
  ])
  const [out] = scenario.input({
    type: 'peerDatagram',
    allocation,
    peer: peerAt(1),
    bytes: payload,
  })
  t.equal(out?.type === 'sendToClient' && out.bytes.length, 12)
  t.end()
})

t.test(
  'refuses a channel or peer bound elsewhere, and bad numbers, with 400 (RFC 8656 §12.2)',
  (t) => {
    const client = new Scenario().client()
    client.allocate()
    t.equal(bindChannel(client, 0x4001, peerAt(1)), undefined)
    t.equal(bindChannel(client, 0x4001, peerAt(2)), 400)
    t.equal(bindChannel(client, 0x4002, peerAt(1)), 400)
    t.equal(bindChannel(client, 0x7ffe, peerAt(3)), undefined, 'older clients use it')
    const peer = having(xorPeerAddress, peerAt(9))
    for (const number of [0x3fff, 0x7fff, 0]) {
      const raw = havingRaw(0x000c, Uint8Array.of(number >> 8, number & 0xff, 0, 0))
      t.equal(errorIn(client.request(methods.channelBind, raw, peer)), 400)
    }
    t.equal(bindChannel(client, 0x4005, peerAt(1, 0)), 400, 'port 0')
    t.end()
  },
)

t.test('lets a channel lapse after 600 s, then the number is free (RFC 8656 §12)', (t) => {
  const scenario = new Scenario()
  const client = scenario.client()
  client.allocate()
  bindChannel(client, 0x4001, peerAt(1))
  scenario.advance(500)
  client.request(methods.refresh)
  permit(client, peerAt(1))
  const message = encodeChannelData(channel(0x4001), payload, false)
  t.equal(client.send(message).length, 1)
  scenario.advance(101)
  t.same(client.send(message), [])
  t.equal(bindChannel(client, 0x4001, peerAt(2)), undefined)
  t.ok(scenario.server.indexesAgree())
  t.end()
})

t.test('allows own media on its exact port only, wherever the port is known', (t) => {
  const scenario = new Scenario()
  const client = scenario.client()
  const allocation = client.allocate()
  const media = { family: 4, ip: '203.0.113.1', port: 8443 } as const
  const admin = { ...media, port: 8444 }
  t.equal(bindChannel(client, 0x4001, media), undefined)
  t.equal(bindChannel(client, 0x4002, admin), 403)
  t.equal(permit(client, admin), undefined, 'a permission is for the IP')
  t.equal(send(client, media).length, 1)
  t.same(send(client, admin), [])
  t.same(scenario.input({ type: 'peerDatagram', allocation, peer: admin, bytes: payload }), [])
  t.equal(scenario.server.stats().deniedPeers, 3)
  t.end()
})

t.test('denies special addresses at every door', (t) => {
  const scenario = new Scenario({ families: [4, 6] })
  const client = scenario.client()
  client.allocate()
  for (const ip of ['127.0.0.1', '0.0.0.0', '169.254.169.254', '192.168.1.1', '224.0.0.1']) {
    t.equal(permit(client, { family: 4, ip, port: 80 }), 403, ip)
    t.equal(bindChannel(client, 0x4001, { family: 4, ip, port: 80 }), 403, ip)
  }
  const six = scenario.client({ family: 6, port: 6 })
  six.allocate()
  for (const ip of [
    '::1',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'fd00:ec2::254',
  ]) {
    t.equal(permit(six, { family: 6, ip, port: 80 }), 403, ip)
  }
  t.end()
})
