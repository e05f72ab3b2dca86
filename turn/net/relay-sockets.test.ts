import { readdirSync } from 'node:fs'
import t from 'tap'
import { readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { channelNumber } from '../protocol/attributes/channel-number.ts'
import { data } from '../protocol/attributes/data.ts'
import { evenPort } from '../protocol/attributes/even-port.ts'
import { lifetime } from '../protocol/attributes/lifetime.ts'
import { requestedAddressFamily } from '../protocol/attributes/requested-address-family.ts'
import { requestedTransport } from '../protocol/attributes/requested-transport.ts'
import { reservationToken } from '../protocol/attributes/reservation-token.ts'
import { xorPeerAddress } from '../protocol/attributes/xor-peer-address.ts'
import { xorRelayedAddress } from '../protocol/attributes/xor-relayed-address.ts'
import type { ChannelNumber } from '../protocol/channel-data.ts'
import { methods } from '../protocol/methods.ts'
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
const openFiles = () => readdirSync('/proc/self/fd').length

/** Takes any odd port whose even neighbour is free. */
async function openOddPort(): Promise<UdpEndpoint> {
  for (;;) {
    const endpoint = await UdpEndpoint.open()
    if (endpoint.port % 2 === 1 && (await isFree(endpoint.port - 1))) return endpoint
    endpoint.close()
  }
}

async function isFree(port: number): Promise<boolean> {
  const endpoint = await UdpEndpoint.open(port).catch(() => undefined)
  endpoint?.close()
  return endpoint !== undefined
}

t.test('300 allocations made and released leave no open file behind', async (t) => {
  const server = await startOurEngine()
  const client = await ContractClient.open(server)
  t.teardown(async () => {
    client.close()
    await server.close()
  })
  await client.learnNonce()
  const before = openFiles()
  for (let i = 0; i < 300; i++) {
    await client.request(methods.allocate, udp)
    await client.request(methods.refresh, having(lifetime, 0))
  }
  await client.request(methods.binding)
  t.equal(openFiles(), before)
  t.match(server.engine.stats(), { allocations: 0, rejectionsByCode: { 401: 1 } })
})

t.test('tells 508 when all relay ports are in use, and gives out freed ones again', async (t) => {
  const taken = await UdpEndpoint.open()
  const server = await startOurEngine({
    relay: { ip: '127.0.0.1', announcedIp: '127.0.0.1', portMin: taken.port, portMax: taken.port },
  })
  const client = await ContractClient.open(server)
  t.teardown(async () => {
    client.close()
    await server.close()
  })
  await client.learnNonce()
  t.equal(codeOf(await client.request(methods.allocate, udp)), 508)
  taken.close()
  t.equal(await client.allocate(), taken.port)
  const other = await ContractClient.open(server)
  await other.learnNonce()
  t.equal(codeOf(await other.request(methods.allocate, udp)), 508)
  other.close()
})

t.test('binds an even port and holds the next for the token', async (t) => {
  const server = await startOurEngine()
  const clients = [await ContractClient.open(server), await ContractClient.open(server)]
  t.teardown(async () => {
    for (const client of clients) client.close()
    await server.close()
  })
  const [first, second] = clients
  if (!first || !second) throw new Error('two clients')
  await first.learnNonce()
  await second.learnNonce()
  const answer = await first.request(methods.allocate, udp, having(evenPort, { reserveNext: true }))
  const read = readAttributes(answer, { relayed: xorRelayedAddress, token: reservationToken })
  if (!read.ok || !read.value.relayed || !read.value.token) throw new Error('no reservation')
  t.equal(read.value.relayed.port % 2, 0)
  const next = await second.request(
    methods.allocate,
    udp,
    having(reservationToken, read.value.token),
  )
  const claimed = readAttributes(next, { relayed: xorRelayedAddress })
  t.equal(claimed.ok && claimed.value.relayed?.port, read.value.relayed.port + 1)
})

t.test('gives no even port when the one after it cannot be had too', async (t) => {
  const odd = await openOddPort()
  const { port } = odd
  const relay = { ip: '127.0.0.1', announcedIp: '127.0.0.1', portMin: port - 1, portMax: port }
  const server = await startOurEngine({ relay })
  const client = await ContractClient.open(server)
  t.teardown(async () => {
    odd.close()
    client.close()
    await server.close()
  })
  await client.learnNonce()
  const pair = having(evenPort, { reserveNext: true })
  t.equal(codeOf(await client.request(methods.allocate, udp, pair)), 508)
  t.equal(await client.allocate(), port - 1, 'the even port was let go of')
})

t.test('lets go of a socket whose allocation ends while it is being bound', async (t) => {
  const told: string[] = []
  const quotas = new Quotas(defaultLimits)
  const relays = new RelaySockets({
    addresses: [{ family: 4, ip: '127.0.0.1', announcedIp: '127.0.0.1' }],
    portMin: 20_000,
    portMax: 29_999,
    peerAliases: [],
    places: localPlaces(quotas),
    log: silentLog,
    onBound: () => told.push('bound'),
    onFailed: () => told.push('failed'),
    onDatagram: () => told.push('datagram'),
  })
  const before = openFiles()
  const allocation = '1' as AllocationId
  const opening = relays.open({
    type: 'bindRelay',
    allocation,
    families: [4],
    port: 'even',
    reserveNext: true,
    dontFragment: false,
    userId: 'alice',
    clientIp: '192.0.2.7',
  })
  relays.close(allocation)
  await opening
  await new Promise((resolve) => setImmediate(resolve))
  t.same(told, [])
  t.equal(openFiles(), before)
  t.equal(quotas.total, 0, 'nor a place kept')
})

t.test(
  'sends to where an announced peer really is, and shows it by its announced address',
  async (t) => {
    const media = await UdpEndpoint.open()
    const announced = { ip: '198.51.100.7', port: 8443 }
    const server = await startOurEngine({
      allowedPeers: [],
      ownMedia: [announced],
      peerAliases: [{ announced, local: { ip: '127.0.0.1', port: media.port } }],
    })
    const client = await ContractClient.open(server)
    t.teardown(async () => {
      client.close()
      media.close()
      await server.close()
    })
    const relayPort = await client.allocate()
    const peer = having(xorPeerAddress, { family: 4, ...announced })
    t.equal(codeOf(await client.request(methods.createPermission, peer)), undefined)
    const body = [peer, having(data, Buffer.from('to the SFU'))]
    client.send(encodeRequest(methods.send, body, { class: 'indication' }))
    const arrival = await media.next(2000)
    t.equal(`${arrival?.bytes}`, 'to the SFU')
    t.equal(arrival?.from.port, relayPort)
    media.send(Buffer.from('and back'), relayPort)
    const back = readAttributes(await client.nextMessage(), { from: xorPeerAddress, data })
    t.match(back, { value: { from: announced } })
    const local = having(xorPeerAddress, { family: 4, ip: '127.0.0.1', port: media.port })
    const number = having(channelNumber, 0x4001 as ChannelNumber)
    t.equal(
      codeOf(await client.request(methods.channelBind, number, local)),
      403,
      'not by its local one',
    )
  },
)

t.test('relays over IPv6 to a client that asks for it', async (t) => {
  const server = await startOurEngine({
    relay: dualRelay,
    allowedPeers: ['::1'],
  })
  const sender = await ContractClient.open(server)
  const receiver = await ContractClient.open(server)
  t.teardown(async () => {
    sender.close()
    receiver.close()
    await server.close()
  })
  const six = having(requestedAddressFamily, 6)
  const ports = [await sender.allocate(six), await receiver.allocate(six)]
  const at = (port = 0) => having(xorPeerAddress, { family: 6, ip: '::1', port })
  t.equal(codeOf(await sender.request(methods.createPermission, at(ports[1]))), undefined)
  t.equal(codeOf(await receiver.request(methods.createPermission, at(ports[0]))), undefined)
  const body = [at(ports[1]), having(data, Buffer.from('six'))]
  sender.send(encodeRequest(methods.send, body, { class: 'indication' }))
  const message = readAttributes(await receiver.nextMessage(), { from: xorPeerAddress })
  t.match(message, { value: { from: { family: 6, ip: '::1', port: ports[0] } } })
})
