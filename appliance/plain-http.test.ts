import { once } from 'node:events'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import t, { type Test } from 'tap'
import { createPlainDoor, isLoopback } from './plain-http.ts'
import { ChallengeBoard } from './tls/acme/challenge-board.ts'
import { createWebServer } from './web-server.ts'

/** An address of this machine that is not loopback: whoever comes from there is a stranger. */
const outside = Object.values(networkInterfaces())
  .flat()
  .find((each) => each?.family === 'IPv4' && !each.internal)?.address

const skip = outside === undefined && 'needs an address besides loopback'

async function start(t: Test, httpsPort = 443) {
  const board = new ChallengeBoard()
  const server = createWebServer({
    https: undefined,
    http: { port: 0, host: '0.0.0.0', door: createPlainDoor(board, httpsPort) },
    doors: [],
    handler: (_request, response) => response.end('a page'),
  })
  const { http: port } = await server.start()
  t.teardown(() => server.stop(AbortSignal.abort()))
  return { board, port }
}

/** The whole answer to a request, from an address of this machine to the same. */
async function ask(port: number, host: string, request: string): Promise<string> {
  const socket = connect({ port, host, localAddress: host })
  socket.end(request)
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  await once(socket, 'close')
  return text
}

const get = (path: string, host: string, method = 'GET') =>
  `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`

t.test('leads strangers to HTTPS under the host that they asked for', { skip }, async (t) => {
  const { port } = await start(t)
  const { port: other } = await start(t, 8444)
  const cases = [
    ['/', 'Calls.example.org', 'https://calls.example.org/'],
    ['/call/a?token=b', 'calls.example.org:80', 'https://calls.example.org/call/a?token=b'],
    ['/', '192.0.2.7:8080', 'https://192.0.2.7/'],
    ['/', '[2001:db8::7]:80', 'https://[2001:db8::7]/'],
    ['//evil.example/', 'calls.example.org', 'https://calls.example.org//evil.example/'],
  ] as const
  for (const [path, host, location] of cases) {
    const answer = await ask(port, outside ?? '', get(path, host))
    t.match(answer, 'HTTP/1.1 308 ')
    t.match(answer.toLowerCase(), `location: ${location}\r\n`)
    t.notMatch(answer, 'a page')
  }
  const posted = await ask(port, outside ?? '', get('/api/admin/login', 'a.example', 'POST'))
  t.match(posted, 'HTTP/1.1 308 ')
  t.match(await ask(other, outside ?? '', get('/', 'a.example')), 'https://a.example:8444/\r\n')
})

t.test('refuses nonsense with 400', { skip }, async (t) => {
  const { port } = await start(t)
  const nonsense = [
    get('/', 'a.example/evil'),
    get('/', 'user@a.example'),
    get('/', 'a.example:80:80'),
    get('/', '999.1.1.1'),
    get('/', '[::1'),
    get('/', '[1.2.3.4]'),
    get('/', '-a.example'),
    get('/', ''),
    get('http://evil.example/', 'a.example'),
    get('*', 'a.example', 'OPTIONS'),
    'GET / HTTP/1.0\r\n\r\n',
  ]
  for (const request of nonsense) {
    const answer = await ask(port, outside ?? '', request)
    t.match(answer, 'HTTP/1.1 400 ', request)
    t.notMatch(answer.toLowerCase(), 'location:')
  }
})

t.test('upgrades nobody from elsewhere', { skip }, async (t) => {
  const { port } = await start(t)
  const upgrade = `GET /rtc HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`
  t.match(await ask(port, outside ?? '', upgrade), 'HTTP/1.1 426 ')
  t.match(await ask(port, '127.0.0.1', upgrade), 'HTTP/1.1 404 ', 'a door of ours decides')
})

t.test('serves this machine', async (t) => {
  const { port } = await start(t)
  t.match(await ask(port, '127.0.0.1', get('/', 'localhost')), 'a page')
  for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']) {
    t.ok(isLoopback(address), address)
  }
  for (const address of [undefined, '', '192.0.2.7', '::ffff:192.0.2.7', '::']) {
    t.notOk(isLoopback(address), String(address))
  }
})

t.test('answers a challenge to everybody while it is pending (RFC 8555 §8.3)', async (t) => {
  const { board, port } = await start(t)
  const path = '/.well-known/acme-challenge/token-1'
  const proof = {
    challenge: 'http-01',
    domain: 'a.example',
    token: 'token-1',
    keyAuthorization: 'token-1.print',
  } as const
  const from = outside ?? '127.0.0.1'
  t.notMatch(await ask(port, from, get(path, 'a.example')), 'token-1.print')
  const takeDown = await board.post(proof)
  const answer = await ask(port, from, get(path, 'a.example'))
  t.match(answer, 'HTTP/1.1 200 ')
  t.ok(answer.endsWith('\r\n\r\ntoken-1.print'), 'and nothing else is in it')
  t.notMatch(await ask(port, from, get(path, 'a.example', 'POST')), 'token-1.print')
  t.notMatch(await ask(port, from, get(`${path}/..`, 'a.example')), 'token-1.print')
  takeDown()
  t.notMatch(await ask(port, from, get(path, 'a.example')), 'token-1.print')
})
