import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { channelNumber } from '../protocol/attributes/channel-number.ts'
import { lifetime } from '../protocol/attributes/lifetime.ts'
import { xorPeerAddress } from '../protocol/attributes/xor-peer-address.ts'
import { encodeChannelData } from '../protocol/channel-data.ts'
import { classify } from '../protocol/classify.ts'
import { methods } from '../protocol/methods.ts'
import { codeOf } from './contract-client.ts'
import { channel, loopback, udp } from './contract-steps.ts'
import { having } from './encode-request.ts'
import { startOurEngine } from './our-engine.ts'
import { RetransmittingClient } from './retransmitting-client.ts'
import { seeded } from './seeded.ts'
import { type Direction, type Impairments, UdpPath } from './udp-path.ts'
import { until } from './until.ts'

t.setTimeout(180_000)

const clients = 16
const datagrams = 100

const networks: Readonly<Record<string, Omit<Impairments, 'random'>>> = {
  'loses 5 %': { loss: 0.05 },
  'loses 20 %': { loss: 0.2 },
  'doubles a third': { duplication: 1 / 3 },
  'delays by up to 150 ms, so that much is overtaken': { delayMs: [0, 150] },
  'does all of it': { loss: 0.2, duplication: 0.2, delayMs: [0, 150] },
}

for (const [name, impairments] of Object.entries(networks)) {
  t.test(`a network that ${name}`, (t) => badNetwork(t, { ...impairments, random: seeded(8656) }))
}

async function badNetwork(t: Test, impairments: Impairments): Promise<void> {
  const server = await startOurEngine({ limits: { allocationsPerUser: clients } })
  const entered = { toServer: 0, toClient: 0 }
  const passed = { toServer: 0, toClient: 0 }
  const path = await UdpPath.open({
    to: { ip: '127.0.0.1', port: server.port },
    impairments,
    watch: count(entered),
    passed: count(passed),
  })
  const peer = await openEcho()
  t.teardown(async () => {
    await path.close()
    peer.socket.close()
    await server.close()
  })
  const all = await Promise.all(
    Array.from({ length: clients }, () => RetransmittingClient.open(path.port, server)),
  )
  const bind = [having(channelNumber, channel), having(xorPeerAddress, loopback(peer.port))]
  const refusals = await Promise.all(
    all.map(async (client) => [
      codeOf(await client.request(methods.allocate, udp)),
      codeOf(await client.request(methods.channelBind, ...bind)),
      codeOf(await client.request(methods.refresh, having(lifetime, 900))),
    ]),
  )
  t.same(refusals.flat().filter(Boolean), [], 'every request is granted')
  t.equal(server.engine.allocations().length, clients, 'one allocation a client, never two')

  await untilSent(all)
  const arrived = () => all.reduce((sum, client) => sum + client.arrived.length, 0)
  const sent = clients * datagrams
  await until(() => path.isQuiet && entered.toServer === sent)
  await until(() => peer.received() === passed.toServer)
  t.pass('what the network lets through reaches the peer')
  await until(() => entered.toClient === peer.received())
  await until(() => path.isQuiet && arrived() === passed.toClient)
  t.pass('and comes back')
  t.ok(passed.toServer > sent * 0.7, `${passed.toServer} of ${sent}, and ${arrived()} came back`)

  await Promise.all(all.map((client) => client.request(methods.refresh, having(lifetime, 0))))
  await until(() => path.isQuiet)
  // An Allocate that comes late is a repeated one, and gets its old answer but no relay.
  await until(() => server.engine.allocations().length === 0)
  t.same(
    all.flatMap((client) => client.contradictions),
    [],
    'a repeated request is answered alike',
  )
  const resends = all.reduce((sum, client) => sum + client.resends, 0)
  if (impairments.loss) t.ok(resends > 0, `${resends} requests were sent again`)
  t.equal(server.engine.stats().bugs, 0)
  for (const client of all) client.close()
}

function count(counts: Record<Direction, number>) {
  return (direction: Direction, bytes: Uint8Array): void => {
    if (classify(bytes) === 'channelData') counts[direction]++
  }
}

/** Sends from all clients in turn, some datagrams at a time, so that no queue of the system overflows. */
async function untilSent(all: readonly RetransmittingClient[]): Promise<void> {
  for (let n = 0; n < datagrams; n++) {
    for (const client of all) {
      client.send(encodeChannelData(channel, Buffer.from(`datagram ${n}`), false))
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
}

async function openEcho(): Promise<{ socket: Socket; port: number; received(): number }> {
  const socket = createSocket('udp4')
  let count = 0
  socket.on('message', (bytes, from) => {
    count++
    socket.send(bytes, from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return { socket, port: socket.address().port, received: () => count }
}
