import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { testInOwnNetwork } from '../../scripts/test/own-network.ts'
import { needs } from '../../scripts/test-needs.ts'
import type { NatClient } from './nat-client.ts'
import { internet, NatNetwork } from './nat-network.ts'
import { startOurEngine } from './our-engine.ts'
import { until } from './until.ts'

t.setTimeout(120_000)

type Server = Awaited<ReturnType<typeof startOurEngine>>
type Fixture = Readonly<{ network: NatNetwork; server: Server; peerPort: number }>

await testInOwnNetwork(import.meta.filename, {
  name: 'clients behind NATs are served',
  skip: needs('netns', 'nft', 'conntrack'),
  async run(t) {
    const network = new NatNetwork()
    const at = { ip: internet.server, port: 0 }
    const server = await startOurEngine({
      listen: { udp: [at], tcp: [at] },
      relay: { ...at, announcedIp: at.ip, portMin: 20_000, portMax: 29_999 },
      allowedPeers: ['198.51.100.0/24'],
    })
    const peer = await openSocket(internet.peer)
    peer.on('message', (bytes, from) => peer.send(bytes, from.port, from.address))
    t.teardown(async () => {
      peer.close()
      network.close()
      await server.close()
    })
    const fixture = { network, server, peerPort: peer.address().port }
    await t.test('behind a cone', (t) => behindCone(t, fixture))
    await t.test('behind a symmetric one', (t) => behindSymmetric(t, fixture))
    await t.test('behind two', (t) => behindTwo(t, fixture))
    await t.test('over TCP where UDP is blocked', (t) => withoutUdp(t, fixture))
    await t.test('after the NAT forgot them', (t) => forgotten(t, fixture))
    await t.test('over TCP through one that loses a tenth', (t) => lossyTcp(t, fixture))
    await t.test('over UDP through one that loses a fifth', (t) => lossyUdp(t, fixture))
    await t.test('two behind symmetric ones meet', (t) => meet(t, fixture))
    await until(() => server.engine.allocations().length <= 1)
    t.equal(server.engine.stats().bugs, 0)
  },
})

async function behindCone(t: Test, { network, ...fixture }: Fixture): Promise<void> {
  const client = await network.addClient(network.addNat('cone'))
  const [one, other] = await mappingsOf(client)
  t.equal(one, other, 'the NAT shows one port to everybody')
  await relays(t, client, fixture)
}

async function behindSymmetric(t: Test, { network, ...fixture }: Fixture): Promise<void> {
  const client = await network.addClient(network.addNat('symmetric'))
  const [one, other] = await mappingsOf(client)
  t.not(one, other, 'the NAT shows each destination another port')
  await relays(t, client, fixture)
}

async function behindTwo(t: Test, { network, ...fixture }: Fixture): Promise<void> {
  const client = await network.addClient(network.addNat('symmetric', network.addNat('cone')))
  await relays(t, client, fixture)
}

async function withoutUdp(t: Test, { network, ...fixture }: Fixture): Promise<void> {
  const nat = network.addNat('symmetric')
  nat.blockUdp()
  const client = await network.addClient(nat)
  const { port, username, password } = fixture.server
  await client.do('connect', { transport: 'udp', port }, { username, password })
  await t.rejects(client.do('allocate'), { message: 'no answer' }, 'UDP gets nowhere')
  await relays(t, client, { ...fixture, transport: 'tcp' })
}

/** The client's next packets come from another port: for the server that is another client (RFC 8656 §3.1). */
async function forgotten(t: Test, { network, ...fixture }: Fixture): Promise<void> {
  const { engine, port, username, password } = fixture.server
  const nat = network.addNat('symmetric')
  const client = await network.addClient(nat)
  await client.do('connect', { transport: 'udp', port }, { username, password })
  const before = await client.do('allocate')
  await client.do('reach', { ip: internet.peer, port: fixture.peerPort })
  await echoes(t, client, 'before')
  nat.forgetMappings()
  await t.rejects(
    client.do('reach', { ip: internet.peer, port: fixture.peerPort }),
    { message: 'refused with 437' },
    'its allocation is at the old port',
  )
  const after = await client.do('allocate')
  t.not(after.port, before.port, 'it gets another from the same socket')
  t.equal(engine.allocations().length, 2, 'the old one waits for its end')
  await client.do('reach', { ip: internet.peer, port: fixture.peerPort })
  await echoes(t, client, 'after')
  await client.do('release')
}

async function lossyTcp(t: Test, { network, ...fixture }: Fixture): Promise<void> {
  const { tcpPort: port, username, password } = fixture.server
  const nat = network.addNat('symmetric')
  const client = await network.addClient(nat)
  await client.do('connect', { transport: 'tcp', port }, { username, password })
  await client.do('allocate')
  await client.do('reach', { ip: internet.peer, port: fixture.peerPort })
  nat.lose(10)
  const texts = Array.from({ length: 100 }, (_, n) => `message ${n}`)
  for (const text of texts) await client.do('send', text)
  const came: string[] = []
  for (const _ of texts) came.push(await client.do('receive'))
  t.strictSame(came, texts, 'everything comes back, in order')
  nat.lose(0)
  await client.do('release')
}

async function lossyUdp(t: Test, { network, ...fixture }: Fixture): Promise<void> {
  const { port, username, password } = fixture.server
  const nat = network.addNat('symmetric')
  const client = await network.addClient(nat)
  await client.do('connect', { transport: 'udp', port }, { username, password })
  await client.do('allocate')
  await client.do('reach', { ip: internet.peer, port: fixture.peerPort })
  nat.lose(20)
  for (let n = 0; n < 300; n++) await client.do('send', `message ${n}`)
  nat.lose(0)
  await client.do('send', 'the last')
  const came = new Set<string>()
  while (!came.has('the last')) came.add(await client.do('receive'))
  // 0.8 · 0.8 of 300 are 192; fewer than 120 or more than 264 come about once in 10^16 runs.
  t.ok(came.size > 120 && came.size < 264, `${came.size - 1} of 300 came back`)
  await client.do('release')
}

async function meet(t: Test, { network, server }: Fixture): Promise<void> {
  const { port, username, password } = server
  const clients = [
    await network.addClient(network.addNat('symmetric')),
    await network.addClient(network.addNat('symmetric')),
  ] as const
  const [a, b] = clients
  for (const client of clients) {
    await client.do('connect', { transport: 'udp', port }, { username, password })
  }
  const [relayOfA, relayOfB] = [await a.do('allocate'), await b.do('allocate')]
  await a.do('reach', relayOfB)
  await b.do('reach', relayOfA)
  await a.do('send', 'from a')
  t.equal(await b.do('receive'), 'from a')
  await b.do('send', 'from b')
  t.equal(await a.do('receive'), 'from b')
  for (const client of clients) await client.do('release')
}

async function relays(
  t: Test,
  client: NatClient,
  { server, peerPort, transport = 'udp' }: Omit<Fixture, 'network'> & { transport?: 'udp' | 'tcp' },
): Promise<void> {
  const { username, password } = server
  const port = transport === 'udp' ? server.port : server.tcpPort
  await client.do('connect', { transport, port }, { username, password })
  await client.do('allocate')
  await client.do('reach', { ip: internet.peer, port: peerPort })
  await echoes(t, client, `over ${transport}`)
  const mine = server.engine.allocations().at(-1)
  t.equal(mine?.client.transport, transport)
  t.match(mine?.client.client.ip, /^198\.51\.100\.\d+$/, 'the server sees the NAT')
  await client.do('release')
}

async function echoes(t: Test, client: NatClient, text: string): Promise<void> {
  await client.do('send', text)
  t.equal(await client.do('receive'), text, 'the peer sends it back')
}

/** The ports under which two sockets on the internet see one socket of a client. */
async function mappingsOf(client: NatClient): Promise<number[]> {
  const sockets = [await openSocket(internet.server), await openSocket(internet.server)]
  const seen = sockets.map((socket) => once(socket, 'message'))
  await client.do(
    'probe',
    sockets.map((socket) => socket.address().port),
  )
  const arrivals = (await Promise.all(seen)) as [Buffer, RemoteInfo][]
  for (const socket of sockets) socket.close()
  return arrivals.map(([, from]) => from.port)
}

async function openSocket(ip: string): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.bind(0, ip)
  await once(socket, 'listening')
  return socket
}
