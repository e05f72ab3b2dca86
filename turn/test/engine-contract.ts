import { strict as assert } from 'node:assert'
import { readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { channelNumber } from '../protocol/attributes/channel-number.ts'
import { evenPort } from '../protocol/attributes/even-port.ts'
import { lifetime } from '../protocol/attributes/lifetime.ts'
import { requestedAddressFamily } from '../protocol/attributes/requested-address-family.ts'
import { requestedTransport } from '../protocol/attributes/requested-transport.ts'
import { unknownAttributes } from '../protocol/attributes/unknown-attributes.ts'
import { xorMappedAddress } from '../protocol/attributes/xor-mapped-address.ts'
import { xorPeerAddress } from '../protocol/attributes/xor-peer-address.ts'
import { encodeChannelData, parseChannelData } from '../protocol/channel-data.ts'
import { methods } from '../protocol/methods.ts'
import { authenticating } from './contract-authentication.ts'
import { ContractClient, codeOf, silenceMs } from './contract-client.ts'
import {
  allocateCode,
  bindChannel,
  type ContractPoint,
  channel,
  expectAtPeer,
  expectData,
  expectFree,
  loopback,
  media,
  permit,
  type RunningServer,
  send,
  toward,
  udp,
} from './contract-steps.ts'
import { encodeRequest, having, havingRaw, newTransactionId } from './encode-request.ts'
import { UdpEndpoint } from './udp-endpoint.ts'

const requests: readonly ContractPoint[] = [
  {
    name: 'tells a client its address (RFC 8489 §12)',
    async check({ client }) {
      client.send(encodeRequest(methods.binding, []))
      const read = readAttributes(await client.nextMessage(), { mapped: xorMappedAddress })
      assert.deepEqual(read, { ok: true, value: { mapped: loopback(client.endpoint.port) } })
    },
  },
  {
    name: 'ignores attributes that may be ignored (RFC 8489 §14)',
    async check({ client }) {
      client.send(encodeRequest(methods.binding, [havingRaw(0xc001, Buffer.alloc(4))]))
      assert.equal((await client.nextMessage()).class, 'success')
    },
  },
  {
    name: 'answers 420 with the list to attributes it must understand (RFC 8489 §6.3.1)',
    async check({ client }) {
      client.send(encodeRequest(methods.binding, [havingRaw(0x7abc, Buffer.alloc(4))]))
      const read = readAttributes(await client.nextMessage(), { unknown: unknownAttributes })
      assert.deepEqual(read, { ok: true, value: { unknown: [0x7abc] } })
    },
  },
  {
    name: 'never answers a response (RFC 8489 §6.3.3)',
    async check({ client }) {
      client.send(encodeRequest(methods.allocate, [udp], { class: 'success' }))
      client.send(encodeRequest(methods.binding, []))
      const { method } = await client.nextMessage()
      assert.equal(method, methods.binding, 'answers it')
    },
  },
  {
    name: 'answers 437 where there is no allocation (RFC 8656 §5)',
    async check({ client, peer }) {
      await client.learnNonce()
      assert.equal(codeOf(await client.request(methods.createPermission, toward(peer))), 437)
    },
  },
]

const allocating: readonly ContractPoint[] = [
  {
    name: 'allocates, and signs what it says about it (RFC 8656 §7.2)',
    async check({ client }) {
      await client.learnNonce()
      const answer = await client.request(methods.allocate, udp)
      assert.equal(codeOf(answer), undefined)
      assert.ok(client.signed(answer))
    },
  },
  {
    name: 'grants the lifetime a client asks for (RFC 8656 §7.2)',
    async check({ client }) {
      await client.learnNonce()
      const answer = await client.request(methods.allocate, udp, having(lifetime, 1200))
      assert.deepEqual(readAttributes(answer, { lifetime }), {
        ok: true,
        value: { lifetime: 1200 },
      })
    },
  },
  {
    name: 'answers a repeated Allocate alike (RFC 8656 §5)',
    async check({ client }) {
      await client.learnNonce()
      const transactionId = newTransactionId()
      const bytes = encodeRequest(methods.allocate, [udp], { login: client.login, transactionId })
      client.send(bytes)
      const first = await client.nextBytes()
      client.send(bytes)
      assert.deepEqual(await client.nextBytes(), first)
    },
  },
  {
    name: 'refuses a second Allocate on a five-tuple with 437 (RFC 8656 §7.2)',
    async check({ client }) {
      await client.allocate()
      assert.equal(codeOf(await client.request(methods.allocate, udp)), 437)
    },
  },
  {
    name: 'refuses another transport than UDP with 442 (RFC 8656 §7.2)',
    async check(parties) {
      assert.equal(await allocateCode(parties, having(requestedTransport, 6)), 442)
    },
  },
  {
    name: 'allocates in the address family asked for (RFC 8656 §7.2)',
    async check(parties) {
      assert.equal(await allocateCode(parties, udp, having(requestedAddressFamily, 4)), undefined)
    },
  },
  {
    name: 'gives an even port when asked (RFC 8656 §7.2)',
    async check({ client }) {
      assert.equal((await client.allocate(having(evenPort, { reserveNext: false }))) % 2, 0)
    },
  },
  {
    name: 'prolongs an allocation by Refresh, which goes on relaying (RFC 8656 §8.2)',
    async check(parties) {
      const { client, peer } = parties
      await client.allocate()
      const answer = await client.request(methods.refresh, having(lifetime, 900))
      assert.deepEqual(readAttributes(answer, { lifetime }), { ok: true, value: { lifetime: 900 } })
      await permit(parties)
      send(parties, media)
      await expectAtPeer(peer, media)
    },
  },
  {
    name: 'ends an allocation by Refresh with lifetime 0 and frees its port (RFC 8656 §8.2)',
    async check({ client }) {
      const port = await client.allocate()
      assert.equal(codeOf(await client.request(methods.refresh, having(lifetime, 0))), undefined)
      await expectFree(port, client)
    },
  },
]

const relaying: readonly ContractPoint[] = [
  {
    name: 'relays Send indications to a permitted peer (RFC 8656 §11.2)',
    async check(parties) {
      await parties.client.allocate()
      await permit(parties)
      send(parties, media)
      await expectAtPeer(parties.peer, media)
    },
  },
  {
    name: "brings a permitted peer's datagrams as Data indications, unchanged (RFC 8656 §11.3)",
    async check(parties) {
      const port = await parties.client.allocate()
      await permit(parties)
      const likeChannelData = Buffer.concat([Uint8Array.of(0x40, 1, 0, media.length), media])
      for (const bytes of [media, likeChannelData]) {
        parties.peer.send(bytes, port)
        await expectData(parties, bytes)
      }
    },
  },
  {
    name: "drops a peer's datagram without permission (RFC 8656 §11.3)",
    async check({ client, peer }) {
      peer.send(media, await client.allocate())
      assert.equal(await client.endpoint.next(silenceMs), undefined)
    },
  },
  {
    name: 'permits several peers by one request (RFC 8656 §10.2)',
    async check(parties) {
      const { client, peer } = parties
      await client.allocate()
      const other = having(xorPeerAddress, { family: 4, ip: '127.0.0.9', port: 9 })
      assert.equal(
        codeOf(await client.request(methods.createPermission, other, toward(peer))),
        undefined,
      )
      send(parties, media)
      await expectAtPeer(peer, media)
    },
  },
  {
    name: 'signs the answer to ChannelBind (RFC 8656 §5)',
    async check({ client, peer }) {
      await client.allocate()
      const number = having(channelNumber, channel)
      const answer = await client.request(methods.channelBind, number, toward(peer))
      assert.ok(client.signed(answer), 'not signed')
    },
  },
  {
    name: 'relays ChannelData to the peer (RFC 8656 §12.6)',
    async check(parties) {
      await parties.client.allocate()
      await bindChannel(parties)
      parties.client.send(encodeChannelData(channel, media, false))
      await expectAtPeer(parties.peer, media)
    },
  },
  {
    name: "brings a peer's datagrams on its channel (RFC 8656 §12.7)",
    async check(parties) {
      const port = await parties.client.allocate()
      await bindChannel(parties)
      parties.peer.send(media, port)
      const parsed = parseChannelData(await parties.client.nextBytes())
      assert.ok(parsed.ok)
      assert.equal(parsed.value.channel, channel)
      assert.deepEqual(Buffer.from(parsed.value.payload), media)
    },
  },
  {
    name: 'refuses to bind one channel to two peers with 400 (RFC 8656 §12.2)',
    async check(parties) {
      const { client } = parties
      await client.allocate()
      await bindChannel(parties)
      const other = having(xorPeerAddress, loopback(9))
      const answer = await client.request(
        methods.channelBind,
        having(channelNumber, channel),
        other,
      )
      assert.equal(codeOf(answer), 400)
    },
  },
  {
    name: 'refuses peers at special addresses with 403 (RFC 8656 §21.2)',
    async check({ client }) {
      await client.allocate()
      const metadata = having(xorPeerAddress, { family: 4, ip: '169.254.169.254', port: 80 })
      assert.equal(codeOf(await client.request(methods.createPermission, metadata)), 403)
    },
  },
]

/** What every engine has to do, over real sockets on loopback. */
export const contractPoints: readonly ContractPoint[] = [
  ...requests,
  ...authenticating,
  ...allocating,
  ...relaying,
]

/** Tries one point with a client and a peer of its own; returns why it is broken, undefined when it is kept. */
export async function tryPoint(
  point: ContractPoint,
  server: RunningServer,
): Promise<Error | undefined> {
  const client = await ContractClient.open(server)
  const peer = await UdpEndpoint.open()
  try {
    await point.check({ client, peer, server })
    return undefined
  } catch (error) {
    if (error instanceof Error) return error
    throw error
  } finally {
    client.close()
    peer.close()
  }
}
