import { gzipSync } from 'node:zlib'
import t from 'tap'
import { inviteTo, setupCodeOf, startHarness, storeWithPassword } from './harness.ts'

const json = { 'content-type': 'application/json' }

t.test('every answer carries the headers that keep a page to itself', async (t) => {
  const { send, port } = await startHarness(t)
  for (const path of [
    '/',
    '/healthz',
    '/admin',
    '/api/admin/session',
    '/nowhere',
    '/assets/x.js',
  ]) {
    const { headers } = await send('GET', path)
    const policy = String(headers['content-security-policy'])
    for (const rule of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      `connect-src 'self' ws://127.0.0.1:${port}`,
      "media-src 'self' blob: mediastream:",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'self'",
    ]) {
      t.ok(policy.split('; ').includes(rule), `${path}: ${rule}`)
    }
    t.notMatch(policy, /unsafe|\*/)
    t.match(headers, {
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
      'permissions-policy': /microphone=\(self\), camera=\(self\), display-capture=\(self\)/,
    })
    t.equal(headers['strict-transport-security'], undefined, 'never on plain HTTP')
  }
})

t.test('strict transport security is claimed only for a host that is wholly ours', async (t) => {
  const { send } = await startHarness(t, { trustedProxies: ['127.0.0.0/8'] })
  const overTls = async (host: string) =>
    (await send('GET', '/', { headers: { host, 'x-forwarded-proto': 'https' } })).headers
  t.match((await overTls('calls.example.org'))['strict-transport-security'], /^max-age=\d+$/)
  t.equal((await overTls('calls.example.org:8444'))['strict-transport-security'], undefined)
  t.match(
    (await overTls('calls.example.org'))['content-security-policy'],
    /wss:\/\/calls\.example\.org;/,
  )
})

t.test('a Host header cannot add to the policy', async (t) => {
  const { send } = await startHarness(t)
  const { headers } = await send('GET', '/', { headers: { host: "x; script-src 'unsafe-inline'" } })
  t.notMatch(headers['content-security-policy'], /unsafe/)
})

t.test('metrics go to the token, and to addresses that are listed', async (t) => {
  const metrics = () => 'up 1\n'
  const listed = await startHarness(t, {
    metrics,
    metricsAllowed: () => ['198.51.100.0/24', '2001:db8::1'],
    trustedProxies: ['127.0.0.0/8'],
    apiToken: 'token',
  })
  const statusFrom = async (address: string, authorization = 'none') => {
    const headers = { 'x-forwarded-for': address, authorization }
    return (await listed.send('GET', '/metrics', { headers })).status
  }
  t.equal(await statusFrom('198.51.100.20'), 200)
  t.equal(await statusFrom('2001:db8:0::1'), 200)
  t.equal(await statusFrom('192.0.2.1'), 401)
  t.equal(await statusFrom('192.0.2.1', 'Bearer token'), 200)
  const closed = await startHarness(t, { metrics })
  t.equal((await closed.send('GET', '/metrics')).status, 401)
})

t.test('forwarding headers of strangers are not believed', async (t) => {
  const { post } = await startHarness(t, { adminStore: storeWithPassword() })
  const answers = []
  for (let n = 0; n < 11; n++) {
    const headers = { 'x-forwarded-for': `192.0.2.${n}`, 'x-forwarded-proto': 'https' }
    answers.push(await post('/api/admin/login', { password: 'not the password' }, headers))
  }
  t.equal(answers.at(-1)?.status, 429)
  t.equal(answers.at(-1)?.headers['strict-transport-security'], undefined)
})

t.test('bodies: JSON only, at most 64 kB, well formed', async (t) => {
  const { send } = await startHarness(t, { adminStore: storeWithPassword() })
  const login = async (headers: Record<string, string>, body: string | Buffer) => {
    const { status, json } = await send('POST', '/api/admin/login', { headers, body })
    return `${status} ${json.error.code}`
  }
  const big = JSON.stringify({ password: 'x'.repeat(70_000) })
  t.equal(await login({ 'content-type': 'text/plain' }, '{}'), '415 BODY_NOT_JSON')
  t.equal(
    await login({ 'content-type': 'application/x-www-form-urlencoded' }, 'password=x'),
    '415 BODY_NOT_JSON',
  )
  t.equal(await login({}, '{}'), '415 BODY_NOT_JSON')
  t.equal(await login(json, big), '413 BODY_TOO_LARGE')
  t.equal(
    await login({ ...json, 'content-encoding': 'gzip' }, gzipSync(big)),
    '413 BODY_TOO_LARGE',
    'packing does not help',
  )
  t.equal(await login(json, '{"password":'), '400 BODY_MALFORMED')
  t.equal(await login(json, '"a string"'), '400 BODY_MALFORMED')
  t.equal(await login(json, '[]'), '400 INPUT_INVALID')
  t.equal(await login(json, '{"__proto__":{"password":"x"}}'), '400 BODY_MALFORMED')
})

t.test('addresses nobody serves', async (t) => {
  const { send } = await startHarness(t)
  const unknown = await send('GET', '/api/nothing')
  t.equal(unknown.status, 404)
  t.equal(unknown.json.error.code, 'NOT_FOUND')
  const wrongMethod = await send('DELETE', '/api/admin/login')
  t.equal(wrongMethod.status, 405)
  t.equal(wrongMethod.json.error.code, 'METHOD_NOT_ALLOWED')
  const page = await send('GET', '/nothing')
  t.equal(page.status, 404)
  t.match(page.headers['content-type'], /^text\/plain/)
  const malformed = await send('GET', '/call/%E0%A4%A')
  t.ok([200, 400, 404, 503].includes(malformed.status))
  t.equal(
    (await send('POST', '/api/call/%E0%A4%A/token', { headers: json, body: '{}' })).status,
    403,
  )
})

t.test('a mistake of ours is one plain sentence outside and one log line inside', async (t) => {
  const { send, logged } = await startHarness(t, {
    readiness: () => {
      throw new Error('secret detail')
    },
  })
  const answer = await send('GET', '/readyz')
  t.equal(answer.status, 500)
  t.equal(answer.json.error.code, 'INTERNAL')
  t.notMatch(answer.text, /secret detail/)
  const [line] = logged.filter((each) => each.level === 'error')
  t.match(line, { message: 'a request failed', facts: { path: '/readyz' } })
})

t.test('health: alive, and ready or not', async (t) => {
  const services = [{ name: 'media', ok: false, detail: 'no worker runs' }]
  const { send } = await startHarness(t, { readiness: () => ({ ready: false, services }) })
  t.equal((await send('GET', '/healthz')).status, 200)
  const answer = await send('GET', '/readyz')
  t.equal(answer.status, 503)
  t.same(answer.json, { ready: false, services })
})

t.test('the front door answers probes of any origin', async (t) => {
  const { send } = await startHarness(t)
  const page = await send('GET', '/', { headers: { origin: 'https://chat.example' } })
  t.equal(page.status, 200)
  t.equal(page.headers['access-control-allow-origin'], '*')
  t.match(page.text, /href="\/admin"/)
  const head = await send('HEAD', '/')
  t.equal(head.status, 200)
  t.equal(head.text, '')
  t.equal((await send('OPTIONS', '/')).status, 204)
  t.equal((await send('GET', '/healthz')).headers['access-control-allow-origin'], undefined)
})

t.test('scripts read the status and the metrics with the API token', async (t) => {
  const { send } = await startHarness(t, { apiToken: 'the-token', metrics: () => 'up 1\n' })
  const get = (path: string, authorization: string) =>
    send('GET', path, { headers: { authorization } })
  for (const path of ['/api/admin/status', '/metrics']) {
    t.equal((await get(path, 'Bearer the-token')).status, 200)
    for (const wrong of ['Bearer the-toke', 'Bearer', 'Basic the-token', 'the-token', '']) {
      t.equal((await get(path, wrong)).status, 401, wrong)
    }
  }
  t.match((await get('/api/admin/status', 'Bearer the-token')).json, { version: '0.1.0' })
  t.equal((await get('/metrics', 'bearer the-token')).text, 'up 1\n')
})

t.test('without an API token no bearer is right', async (t) => {
  const { send } = await startHarness(t)
  const headers = { authorization: 'Bearer undefined' }
  t.equal((await send('GET', '/api/admin/status', { headers })).status, 401)
})

t.test('the admin joins any room, and makes links for others', async (t) => {
  const { post, logIn, origin, clock } = await startHarness(t, { adminStore: storeWithPassword() })
  const { cookie, csrf } = await logIn()
  const own = await post('/api/call/stand%20up/token', { name: 'Ada' }, { cookie })
  t.equal(own.status, 200)
  t.match(claimsOf(own.json.token), { room: 'stand up', name: 'Ada', identity: /^admin-/ })

  const headers = { cookie, 'x-csrf-token': csrf }
  const link = await post('/api/admin/join-links', { room: ' Räume & mehr/1 ' }, headers)
  t.equal(link.status, 201)
  const url = new URL(link.json.url)
  t.equal(url.origin, origin)
  t.equal(decodeURIComponent(url.pathname), '/call/Räume & mehr/1')
  t.equal(url.searchParams.get('token'), inviteTo('Räume & mehr/1'))
  t.equal(link.json.expiresAtMs, clock.nowMs + 60_000)

  for (const room of ['', '   ', 'x'.repeat(129), 'a\u0000b']) {
    const answer = await post('/api/admin/join-links', { room }, headers)
    t.equal(answer.status, 400)
    t.match(answer.json.error.message, /Name the room/)
  }
})

t.test('the set-up link names the public origin', async (t) => {
  const { ui } = await startHarness(t, { publicOrigin: 'https://calls.example.org:8444' })
  t.match(ui.setupLink(), /^https:\/\/calls\.example\.org:8444\/admin\/setup\?code=[\w-]{43}$/)
  t.equal(setupCodeOf(ui).length, 43)
})

function claimsOf(token: string | null): unknown {
  return JSON.parse(Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString())
}
