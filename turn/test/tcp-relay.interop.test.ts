import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { CertificateAuthority } from '../../scripts/test/certificate-authority.ts'
import { needs } from '../../scripts/test-needs.ts'
import { messages, runTool } from './coturn-tools.ts'
import { EngineInProcess } from './engine-in-process.ts'
import { startOurCluster } from './our-cluster.ts'
import { startOurEngine } from './our-engine.ts'
import { TcpClient } from './tcp-client.ts'
import {
  allocateTcp,
  bindStream,
  connectTo,
  openStream,
  readAll,
  startPeer,
} from './tcp-relay-client.ts'
import { until } from './until.ts'

t.setTimeout(300_000)
// Coturn's client and a silent peer are mostly waited for.
t.jobs = 3

const loopback = { ip: '127.0.0.1', port: 0 }
const limits = { allocationsPerUser: 1000 }

type Server = Readonly<{ username: string; password: string }>

/** Runs coturn's client: two sessions, whose relays are each other's peers. */
function runClient({ username, password }: Server, port: number, flags: readonly string[]) {
  const login = ['-u', username, '-w', password]
  const count = ['-n', `${messages}`, '-m', '2', '-p', `${port}`]
  return runTool('turnutils_uclient', [...flags, ...login, ...count, '127.0.0.1'])
}

t.test(
  "coturn's client relays TCP through our engine",
  { skip: needs('coturn'), buffered: true },
  async (t) => {
    const authority = await CertificateAuthority.create()
    const certificate = await authority.issue({ hosts: ['localhost'], ips: ['127.0.0.1'] })
    const listen = { udp: [loopback], tcp: [loopback], tls: [loopback] }
    const server = await startOurEngine({ tcpRelays: true, listen, certificate, limits })
    t.teardown(() => server.close())
    const tlsPort =
      server.engine.listening().find(({ transport }) => transport === 'tls')?.port ?? 0
    for (const [name, port, flags] of [
      ['over TCP', server.tcpPort, ['-T']],
      ['over TLS', tlsPort, ['-T', '-S']],
      ['messages of 1200 bytes', server.tcpPort, ['-T', '-l', '1200']],
    ] as const) {
      const { output, code } = await runClient(server, port, flags)
      t.match(output, `tot_send_msgs=${2 * messages}, tot_recv_msgs=${2 * messages}`, name)
      t.match(output, /Total lost packets 0 /)
      t.equal(code, 0)
    }
    await until(() => server.engine.stats().allocations === 0)
    t.equal(server.engine.stats().bugs, 0)
  },
)

t.test(
  "coturn's client takes a connection of its peer",
  { skip: needs('coturn'), buffered: true },
  async (t) => {
    const server = await startOurEngine({ tcpRelays: true, limits })
    t.teardown(() => server.close())
    const { output } = await runClient(server, server.tcpPort, ['-P'])
    // Only one of the two sessions has a connection in this mode, with coturn's server as with ours.
    t.match(output, `tot_send_msgs=${2 * messages}, tot_recv_msgs=${messages}`)
    const bytes = messages * 100
    t.match(server.engine.stats().traffic.tcp, { fromClients: { bytes }, toClients: { bytes } })
    t.equal(server.engine.stats().bugs, 0)
  },
)

t.test(
  "coturn's client relays TCP through worker processes",
  { skip: needs('coturn'), buffered: true },
  async (t) => {
    const server = await startOurCluster({ tcpRelays: true, workers: 3, limits })
    t.teardown(() => server.close())
    const { output } = await runClient(server, server.tcpPort, ['-T'])
    t.match(output, `tot_send_msgs=${2 * messages}, tot_recv_msgs=${2 * messages}`)
    t.match(output, /Total lost packets 0 /)
    t.match(server.cluster.stats(), { bugs: 0, workers: { restarts: 0 } })
  },
)

t.test(
  'tells 447 of a peer that does not answer, after 30 s (RFC 6062 §5.2)',
  { buffered: true },
  async (t) => {
    const server = await startOurEngine({ tcpRelays: true })
    const silent = await startSilentPeer(t)
    const client = await startClient(t, server)
    const beganMs = performance.now()
    t.equal((await connectTo(client, silent)).code, 447)
    const tookMs = performance.now() - beganMs
    t.ok(tookMs > 29_900 && tookMs < 40_000, `${Math.round(tookMs)} ms`)
  },
)

t.test('has every descriptor back after 1,000 connections', { buffered: true }, async (t) => {
  const engine = await EngineInProcess.start({ tcpRelays: true })
  const peer = await startPeer(t)
  const client = await startClient(t, engine)
  const comeAndGo = async (): Promise<void> => {
    const { id = 0, code } = await connectTo(client, peer.port)
    if (code !== undefined) throw new Error(`Connect: ${code}`)
    const far = await peer.next()
    const stream = await openStream(t, engine.tcpPort)
    const refused = await bindStream(stream, { login: client.login, id })
    if (refused !== undefined) throw new Error(`ConnectionBind: ${refused}`)
    stream.end('x')
    await readAll(far)
    // The side that ends first keeps the pair of ports for a while; it must not be the relay's.
    far.end()
    await readAll(stream)
    await closeOf(far)
  }
  for (let n = 0; n < 20; n++) await comeAndGo()
  const before = await engine.state()
  for (let n = 0; n < 1000; n++) await comeAndGo()
  const after = await engine.state()
  t.equal(after.descriptors, before.descriptors)
  t.match(after.stats, { allocations: 1, bugs: 0 })
  client.socket.destroy()
})

t.test('holds little for a client that does not read', { buffered: true }, async (t) => {
  const engine = await EngineInProcess.start({ tcpRelays: true })
  const peer = await startPeer(t)
  const client = await startClient(t, engine)
  const before = await engine.state()
  const waiting = 8
  for (let n = 0; n < waiting; n++) {
    const other = await startPeer(t)
    const { id = 0 } = await connectTo(client, other.port)
    const far = await other.next()
    for (let m = 0; m < 16; m++) far.write(Buffer.alloc(1 << 20))
    // Half of them are never joined.
    if (n % 2 === 0) continue
    await bindStream(await openStream(t, engine.tcpPort), { login: client.login, id })
  }
  // What is asked for after all that has been dealt with after it.
  t.ok((await connectTo(client, peer.port)).id)
  await stillness(engine)
  const grown = (await engine.state()).heldBytes - before.heldBytes
  t.comment(`${grown} bytes more for ${waiting} connections with 16 MiB each`)
  t.ok(grown < waiting * 512 * 1024)
})

/** A client with a TCP relay of a server; both end with the test. */
async function startClient(
  t: Test,
  server: Parameters<typeof TcpClient.open>[0] & Readonly<{ close: () => Promise<void> }>,
): Promise<TcpClient> {
  const client = await TcpClient.open(server)
  t.teardown(async () => {
    client.socket.destroy()
    await server.close()
  })
  await allocateTcp(client)
  return client
}

/** Waits until an engine relays no more. */
async function stillness(engine: EngineInProcess): Promise<void> {
  let last = -1
  for (;;) {
    const { bytes } = (await engine.state()).stats.traffic.tcp.toClients
    if (bytes === last) return
    last = bytes
  }
}

function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve()
    else socket.once('close', () => resolve())
  })
}

/** The port of a process that listens and is asleep, whose queue is full: who connects gets no answer. */
async function startSilentPeer(t: Test): Promise<number> {
  const code = `const s = require('node:net').createServer()
    s.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => process.send(s.address().port))`
  const child: ChildProcess = spawn(process.execPath, ['-e', code], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const [port] = await once(child, 'message')
  child.kill('SIGSTOP')
  // Two connections fill the queue; what a third one sends is dropped.
  for (let n = 0; n < 2; n++) {
    const filler = connect(port, '127.0.0.1')
    t.teardown(() => filler.destroy())
    await once(filler, 'connect')
  }
  return port
}
