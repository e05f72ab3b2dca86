import t, { type Test } from 'tap'
import { PASSWORD, startHarness, storeWith } from './harness.ts'

const DAY_MS = 86_400_000

async function startWithAdmins(t: Test) {
  const harness = await startHarness(t, {
    adminStore: storeWith({ admin: 'admin', ada: 'admin' }),
    apiToken: 'the-built-in-one',
    trustedProxies: ['127.0.0.1'],
  })
  const as = async (name: string) => {
    const { cookie, csrf } = await harness.logIn(name)
    return { cookie, 'x-csrf-token': csrf, origin: harness.origin }
  }
  const headers = await as('admin')
  const make = (body: object, by = headers) => harness.post('/api/admin/tokens', body, by)
  const bearer = (token: string, more: object = {}) => ({
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...more },
  })
  const reads = async (token: string) =>
    (await harness.send('GET', '/api/admin/status', bearer(token))).status
  return { harness, headers, as, make, bearer, reads }
}

t.test('a token is shown once, and reads or changes as its role is', async (t) => {
  const { harness, headers, make, bearer, reads } = await startWithAdmins(t)
  const viewer = (await make({ name: 'watch', role: 'viewer', days: null })).json
  const admin = (await make({ name: 'deploy', role: 'admin', days: 30 })).json
  t.match(viewer.token, /^cbx_[\w-]{43}$/)
  t.match(viewer.details.tokens, [
    { id: 'built-in', isBuiltIn: true, role: 'viewer' },
    { name: 'watch', createdBy: 'admin', isBuiltIn: false },
  ])
  const list = await harness.send('GET', '/api/admin/accounts', { headers })
  t.notMatch(list.text, viewer.token)
  t.notMatch(list.text, /fingerprint|the-built-in-one/)

  t.equal(await reads(viewer.token), 200)
  const link = (token: string) =>
    harness.send('POST', '/api/admin/join-links', { ...bearer(token), body: '{"room":"a"}' })
  t.equal((await link(viewer.token)).json.error.code, 'ROLE_NEEDED')
  t.equal((await link('the-built-in-one')).json.error.code, 'ROLE_NEEDED')
  t.equal((await link(admin.token)).status, 201, 'and needs no CSRF token')
  const audit = await harness.send('GET', '/api/admin/audit', { headers })
  t.match(audit.json.entries[0], { by: 'token:deploy', action: 'call.link.created' })
})

t.test('a token is no person', async (t) => {
  const { harness, make, bearer } = await startWithAdmins(t)
  const { token } = (await make({ name: 'deploy', role: 'admin', days: 30 })).json
  const paths = [
    ['POST', '/api/admin/tokens'],
    ['POST', '/api/admin/own/password'],
    ['POST', '/api/admin/own/totp'],
    ['POST', '/api/admin/logout'],
  ] as const
  for (const [method, path] of paths) {
    const body = JSON.stringify({ name: 'more', role: 'admin', days: 1, password: PASSWORD })
    const answer = await harness.send(method, path, { ...bearer(token), body })
    t.equal(answer.json.error.code, 'SESSION_NEEDED', path)
  }
  const call = await harness.send('POST', '/api/call/a/token', { ...bearer(token), body: '{}' })
  t.equal(call.status, 403, 'and joins no call')
})

t.test('another site cannot use a token either', async (t) => {
  const { harness, make, bearer } = await startWithAdmins(t)
  const { token } = (await make({ name: 'deploy', role: 'admin', days: 30 })).json
  const answer = await harness.send('POST', '/api/admin/join-links', {
    ...bearer(token, { origin: 'https://elsewhere.example' }),
    body: '{"room":"a"}',
  })
  t.equal(answer.json.error.code, 'CROSS_ORIGIN')
})

t.test('a token ends when it should', async (t) => {
  const { harness, headers, as, make, reads } = await startWithAdmins(t)
  const short = (await make({ name: 'short', role: 'viewer', days: 1 })).json
  harness.clock.nowMs += DAY_MS / 4
  t.equal(await reads(short.token), 200)
  harness.clock.nowMs += (DAY_MS * 3) / 4 - 1
  t.equal(await reads(short.token), 200)
  harness.clock.nowMs += 1
  t.equal(await reads(short.token), 401, 'with its last day')

  const fresh = await as('admin')
  const revoked = (await make({ name: 'revoked', role: 'viewer', days: null }, fresh)).json
  const { id } = revoked.details.tokens.find(({ name }: { name: string }) => name === 'revoked')
  const remove = (which: string) =>
    harness.send('DELETE', `/api/admin/tokens/${which}`, { headers: fresh })
  t.equal((await remove(id)).status, 200)
  t.equal(await reads(revoked.token), 401, 'when it is revoked')
  t.equal((await remove(id)).json.error.code, 'TOKEN_UNKNOWN')
  t.equal((await remove('built-in')).json.error.code, 'TOKEN_BUILT_IN')

  const adas = (await make({ name: 'adas', role: 'admin', days: null }, await as('ada'))).json
  t.equal(await reads(adas.token), 200)
  await harness.send('DELETE', '/api/admin/accounts/ada', { headers: fresh })
  t.equal(await reads(adas.token), 401, 'with the account that made it')
  t.ok(headers)
})

t.test('says when a token was used last', async (t) => {
  const { harness, headers, make, reads } = await startWithAdmins(t)
  const { token } = (await make({ name: 'watch', role: 'viewer', days: null })).json
  harness.clock.nowMs += 60_000
  await reads(token)
  await reads('the-built-in-one')
  const { json } = await harness.send('GET', '/api/admin/accounts', { headers })
  t.same(
    json.tokens.map(({ lastUsedAtMs }: { lastUsedAtMs: number }) => lastUsedAtMs),
    [harness.clock.nowMs, harness.clock.nowMs],
  )
})

t.test('at most fifty, each of its own name', async (t) => {
  const { make } = await startWithAdmins(t)
  const named = async (name: string) => (await make({ name, role: 'viewer', days: 1 })).json
  for (let n = 0; n < 50; n++) t.ok((await named(`n${n}`)).token)
  t.equal((await named('n50')).error.code, 'TOO_MANY_TOKENS')
  const other = await startWithAdmins(t)
  await other.make({ name: 'n1', role: 'viewer', days: 1 })
  t.equal(
    (await other.make({ name: 'n1', role: 'admin', days: 1 })).json.error.code,
    'TOKEN_EXISTS',
  )
  t.equal((await other.make({ name: 'n2', role: 'admin', days: 0 })).status, 400)
  t.equal((await other.make({ name: 'n2', role: 'admin' })).status, 400)
})

t.test('an address that guesses tokens is barred, and no other', async (t) => {
  const { harness, bearer } = await startWithAdmins(t)
  const from = (address: string, token: string) =>
    harness.send('GET', '/api/admin/status', bearer(token, { 'x-forwarded-for': address }))
  const statuses = []
  for (let n = 0; n < 25; n++) statuses.push((await from('192.0.2.1', `cbx_guess${n}`)).status)
  t.same(statuses, [...Array(20).fill(401), ...Array(5).fill(429)])
  t.equal((await from('192.0.2.1', 'the-built-in-one')).status, 429, 'the right one has to wait')
  t.equal((await from('192.0.2.2', 'the-built-in-one')).status, 200)
})
