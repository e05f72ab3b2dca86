import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { loadSelfSigned } from './tls/self-signed.ts'
import { createWebServer, type WebLimits, type WebServerOptions } from './web-server.ts'

const UPGRADE =
  'GET /none HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n'

const LIMITS: WebLimits = {
  connections: 100,
  connectionsPerAddress: 100,
  idleMs: 60_000,
  handshakeMs: 60_000,
}

t.test('is rid of a client that does not hang up', async (t) => {
  const cases = [
    { name: 'a refused upgrade', request: UPGRADE, status: 404 },
    { name: 'a malformed request', request: '?\r\n\r\n', status: 400 },
  ]
  for (const { name, request, status } of cases) {
    await t.test(`after ${name}`, async (t) => {
      const { server, ports } = await start(t)
      const client = await connected(t, ports.http)
      client.write(request)
      const [answer] = await once(client, 'data')
      t.match(String(answer), `HTTP/1.1 ${status} `)
      await server.stop(new AbortController().signal)
      t.pass('the server waits for nobody')
    })
  }
})

t.test('hangs up on who reads nothing of an answer', async (t) => {
  const { server, ports } = await start(t, {
    handler: (_request, response) => response.write(Buffer.alloc(64 * 1024 * 1024)),
    limits: { ...LIMITS, idleMs: 200 },
  })
  const client = await connected(t, ports.http)
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(client, 'readable')
  await server.stop(new AbortController().signal)
  t.pass('the server waits for nobody')
})

t.test('hangs up on who does not come to the end of a TLS handshake', async (t) => {
  for (const bytes of ['', '\x16\x03\x01\x02', 'GET / HTTP/1.1\r\n\r\n']) {
    const limits = { ...LIMITS, handshakeMs: 200 }
    const { server, ports } = await start(t, { https: await https(t), limits })
    const client = await connected(t, ports.https ?? 0)
    client.write(bytes)
    await once(client.resume(), 'end')
    await server.stop(new AbortController().signal)
    t.pass('the server waits for nobody')
  }
})

t.test('leaves connections to others when one address takes many', async (t) => {
  const { ports } = await start(t, {
    https: await https(t),
    limits: { ...LIMITS, connectionsPerAddress: 3 },
  })
  const port = ports.https ?? 0
  const held = [await connected(t, port), await connected(t, port), await connected(t, port)]
  const refused = await connected(t, port)
  await once(refused.resume(), 'end')
  const other = await connected(t, port, '127.0.0.2')
  t.same(
    [...held, other].map(({ readableEnded }) => readableEnded),
    [false, false, false, false],
  )
})

async function start(t: Test, options: Partial<WebServerOptions> = {}) {
  const server = createWebServer({
    https: undefined,
    http: { port: 0, host: '127.0.0.1' },
    doors: [],
    handler: (_request, response) => response.end(),
    ...options,
  })
  const ports = await server.start()
  t.teardown(() => server.stop(AbortSignal.abort()))
  return { server, ports }
}

async function https(t: Test) {
  const dataDir = await mkdtemp(join(tmpdir(), 'callbox-web-'))
  t.teardown(() => rm(dataDir, { recursive: true }))
  const pair = await loadSelfSigned({ dataDir, names: [], nowMs: Date.now() })
  return { port: 0, certificates: { keyPair: () => pair, onChange: () => undefined } }
}

/** A connection whose end stays open until the test closes it. */
async function connected(t: Test, port: number, localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, localAddress, allowHalfOpen: true })
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}
