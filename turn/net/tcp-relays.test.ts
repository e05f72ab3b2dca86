import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import t, { type Test } from 'tap'
import { secure } from '../../scripts/test/raw-sockets.ts'
import { methods } from '../protocol/methods.ts'
import { startOurEngine } from '../test/our-engine.ts'
import { TcpClient } from '../test/tcp-client.ts'
import {
  allocateTcp,
  bindStream,
  connectTo,
  endOf,
  nextAttempt,
  openStream,
  peerAt,
  readAll,
  readBytes,
  startPeer,
  type TcpPeer,
} from '../test/tcp-relay-client.ts'
import { makeCertificate } from '../test/test-certificate.ts'
import { until } from '../test/until.ts'

const loopback = { ip: '127.0.0.1', port: 0 }
type Server = Awaited<ReturnType<typeof startOurEngine>>

async function start(t: Test, options: Parameters<typeof startOurEngine>[0] = {}): Promise<Server> {
  const server = await startOurEngine({ tcpRelays: true, ...options })
  t.teardown(() => server.close())
  return server
}

async function allocated(t: Test, server: Server) {
  const client = await TcpClient.open(server)
  t.teardown(() => client.socket.destroy())
  return { client, relayPort: await allocateTcp(client) }
}

/** A client's stream joined with a peer's. */
async function joined(
  t: Test,
  { server, client, peer }: { server: Server; client: TcpClient; peer: TcpPeer },
): Promise<Readonly<{ stream: Socket; far: Socket }>> {
  const { id = 0 } = await connectTo(client, peer.port)
  const far = await peer.next()
  const stream = await openStream(t, server.tcpPort)
  t.equal(await bindStream(stream, { login: client.login, id }), undefined)
  return { stream, far }
}

t.test('connects from the relayed address, and lets each side end by itself', async (t) => {
  const server = await start(t)
  const { client, relayPort } = await allocated(t, server)
  const peer = await startPeer(t)
  const { stream, far } = await joined(t, { server, client, peer })
  t.equal(far.remotePort, relayPort)
  stream.end('a question')
  t.equal(await readAll(far), 'a question')
  far.end('its answer')
  t.equal(await readAll(stream), 'its answer')
  await until(() => server.engine.stats().traffic.tcp.toClients.bytes === 10)
  t.match(server.engine.allocations(), [{ fromClient: { bytes: 10 }, toClient: { bytes: 10 } }])
  const again = await joined(t, { server, client, peer: await startPeer(t) })
  again.far.end('the same port connects to others')
  t.equal(await readAll(again.stream), 'the same port connects to others')
  t.equal(server.engine.stats().bugs, 0)
})

t.test(
  'keeps what a peer sends before it is joined, and what the client sends at once',
  async (t) => {
    const server = await start(t)
    const { client } = await allocated(t, server)
    const peer = await startPeer(t)
    const { id = 0 } = await connectTo(client, peer.port)
    const far = await peer.next()
    far.end('before')
    const stream = await openStream(t, server.tcpPort)
    const more = 'right behind the request'
    t.equal(await bindStream(stream, { login: client.login, id, more }), undefined)
    t.equal(await readAll(stream), 'before')
    t.equal(`${await readBytes(far, more.length)}`, more)
  },
)

t.test('lets in peers that have a permission, and hangs up on others', async (t) => {
  const server = await start(t)
  const { client, relayPort } = await allocated(t, server)
  t.equal(await readAll(await openStream(t, relayPort)), '', 'hung up on')
  await client.request(methods.createPermission, peerAt(1))
  const far = await openStream(t, relayPort)
  const attempt = await nextAttempt(client)
  t.equal(attempt.port, far.localPort)
  far.write('hello')
  const stream = await openStream(t, server.tcpPort)
  t.equal(await bindStream(stream, { login: client.login, id: attempt.id }), undefined)
  t.equal(`${await readBytes(stream, 5)}`, 'hello')
  stream.end('bye')
  t.equal(await readAll(far), 'bye')
})

t.test(
  'tells 447 when nobody listens there, 446 on a second try, 403 for what is denied',
  async (t) => {
    const server = await start(t)
    const { client } = await allocated(t, server)
    const free = createServer().listen(0, '127.0.0.1')
    await once(free, 'listening')
    const address = free.address()
    const port = typeof address === 'object' && address ? address.port : 0
    free.close()
    await once(free, 'close')
    t.equal((await connectTo(client, port)).code, 447)
    const peer = await startPeer(t)
    await connectTo(client, peer.port)
    t.equal((await connectTo(client, peer.port)).code, 446)
    t.equal((await connectTo(client, 443)).code, 403)
    t.match(server.engine.deniedPeers(), [{ by: 'connect', port: 443 }])
  },
)

t.test('who breaks off ends both, and a client that hangs up ends all', async (t) => {
  const server = await start(t)
  const { client, relayPort } = await allocated(t, server)
  const peer = await startPeer(t)
  const first = await joined(t, { server, client, peer })
  first.far.resetAndDestroy()
  t.equal(await endOf(first.stream), 'reset')
  const second = await joined(t, { server, client, peer: await startPeer(t) })
  second.stream.resetAndDestroy()
  t.equal(await endOf(second.far), 'reset')
  const third = await joined(t, { server, client, peer: await startPeer(t) })
  const { id } = await connectTo(client, (await startPeer(t)).port)
  t.ok(id, 'one that waits')
  client.socket.destroy()
  t.same(await Promise.all([endOf(third.far), endOf(third.stream)]), ['end', 'end'])
  await until(() => server.engine.stats().allocations === 0)
  const late = await openStream(t, relayPort).catch((error) => error)
  t.match(late, { code: 'ECONNREFUSED' })
})

t.test('takes from a peer no more than its client reads, and loses nothing', async (t) => {
  const server = await start(t)
  const { client } = await allocated(t, server)
  const peer = await startPeer(t)
  const { stream, far } = await joined(t, { server, client, peer })
  const megabyte = Buffer.alloc(1 << 20, 'x')
  const total = 64
  for (let n = 0; n < total; n++) far.write(megabyte)
  far.end()
  const read = () => server.engine.stats().traffic.tcp.toClients.bytes
  await untilStill(read)
  t.comment(`${read()} bytes were taken of ${total * megabyte.length}`)
  t.ok(read() < 16 * megabyte.length, 'what the kernel holds, and a chunk or two')
  t.equal((await readAll(stream)).length, total * megabyte.length)
})

t.test('a budget per allocation makes streams slow, not short', async (t) => {
  const server = await start(t, { limits: { bytesPerSecondPerAllocation: 400_000 } })
  const { client } = await allocated(t, server)
  const peer = await startPeer(t)
  const { stream, far } = await joined(t, { server, client, peer })
  const beganMs = performance.now()
  far.end(Buffer.alloc(1_000_000, 'x'))
  t.equal((await readAll(stream)).length, 1_000_000)
  t.ok(performance.now() - beganMs > 1000, 'the first second is free, the rest is waited for')
})

t.test('works the same over TLS and on streams of the web port', async (t) => {
  const certificate = await makeCertificate()
  const listen = { udp: [loopback], tcp: [loopback], tls: [loopback] }
  const server = await start(t, { listen, certificate })
  const web = createTlsServer({ ...certificate }, (socket) => {
    const { remoteAddress: ip = '', remotePort: port = 0 } = socket
    server.engine.acceptStream(socket, {
      client: { ip, port },
      server: { ip: '127.0.0.1', port: webPort },
    })
  }).listen(0, '127.0.0.1')
  await once(web, 'listening')
  t.teardown(() => web.close())
  const address = web.address()
  const webPort = typeof address === 'object' && address ? address.port : 0
  const tlsPort = server.engine.listening().find(({ transport }) => transport === 'tls')?.port ?? 0
  for (const port of [tlsPort, webPort]) {
    const client = TcpClient.over(await secure(t, port), server)
    await allocateTcp(client)
    const peer = await startPeer(t)
    const { id = 0 } = await connectTo(client, peer.port)
    const far = await peer.next()
    const stream = await secure(t, port)
    stream.allowHalfOpen = true
    t.equal(await bindStream(stream, { login: client.login, id }), undefined)
    stream.end('over TLS')
    t.equal(await readAll(far), 'over TLS')
    const answer = Buffer.alloc(300_000, 'y')
    far.end(answer)
    t.ok((await readAll(stream)) === `${answer}`)
    client.socket.destroy()
  }
  await until(() => server.engine.stats().allocations === 0)
})

/** Waits until a number has not changed for half a second. */
async function untilStill(number: () => number): Promise<void> {
  let last = -1
  let sinceMs = performance.now()
  await until(() => {
    if (number() !== last) sinceMs = performance.now()
    last = number()
    return last > 0 && performance.now() - sinceMs > 500
  })
}
