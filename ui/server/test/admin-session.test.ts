import t from 'tap'
import { cookieOf, PASSWORD, setupCodeOf, startHarness, storeWithPassword } from './harness.ts'

t.test('the set-up link sets the password once', async (t) => {
  const { ui, send, post } = await startHarness(t)
  const code = setupCodeOf(ui)
  t.ok(Buffer.from(code, 'base64url').length >= 16, 'a code has at least 128 bits')
  t.match((await send('GET', '/api/admin/session')).json, { state: 'needs-setup' })

  const first = await post('/api/admin/setup', { code, password: PASSWORD })
  t.equal(first.status, 200)
  t.equal(first.json.state, 'logged-in')
  t.equal(ui.setupLink(), undefined)

  const again = await post('/api/admin/setup', { code, password: 'another password' })
  t.equal(again.status, 409)
  t.equal(again.json.error.code, 'SETUP_DONE')
  t.equal((await post('/api/admin/login', { password: 'another password' })).status, 401)
  t.equal((await post('/api/admin/login', { password: PASSWORD })).status, 200)
})

t.test('of two set-ups at once with the right code one wins', async (t) => {
  const { ui, post } = await startHarness(t)
  const code = setupCodeOf(ui)
  const passwords = ['first password', 'second password']
  const answers = await Promise.all(
    passwords.map((password) => post('/api/admin/setup', { code, password })),
  )
  t.same(answers.map((each) => each.status).sort(), [200, 409])
  const winner = answers.findIndex((each) => each.status === 200)
  const logins = await Promise.all(
    passwords.map((password) => post('/api/admin/login', { password })),
  )
  t.same(
    logins.map((each) => each.status === 200),
    [winner === 0, winner === 1],
  )
})

t.test('set-up refuses a wrong code and a password of bad length', async (t) => {
  const { ui, post } = await startHarness(t)
  const code = setupCodeOf(ui)
  const cases = [
    { code: 'x'.repeat(43), password: PASSWORD, status: 403, fault: 'SETUP_CODE_INVALID' },
    { code, password: 'ninechars', status: 400, fault: 'PASSWORD_TOO_SHORT' },
    { code, password: 'x'.repeat(257), status: 400, fault: 'PASSWORD_TOO_LONG' },
    { code: 7, password: PASSWORD, status: 400, fault: 'INPUT_INVALID' },
  ]
  for (const { code: given, password, status, fault } of cases) {
    const answer = await post('/api/admin/setup', { code: given, password })
    t.equal(answer.status, status, fault)
    t.equal(answer.json.error.code, fault)
    t.ok(answer.json.error.message.length > 10)
  }
  t.ok(ui.setupLink(), 'the link still works')
})

t.test('before set-up nobody logs in', async (t) => {
  const { post } = await startHarness(t)
  const answer = await post('/api/admin/login', { password: '' })
  t.equal(answer.status, 409)
  t.equal(answer.json.error.code, 'SETUP_REQUIRED')
})

t.test('the cookie of a log-in is for this server and out of reach of scripts', async (t) => {
  const { post } = await startHarness(t, {
    adminStore: storeWithPassword(),
    trustedProxies: ['127.0.0.1'],
  })
  const plain = await post('/api/admin/login', { password: PASSWORD })
  t.match(
    plain.headers['set-cookie']?.[0],
    /^callbox_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/,
  )
  const secure = await post(
    '/api/admin/login',
    { password: PASSWORD },
    { 'x-forwarded-proto': 'https' },
  )
  t.match(
    secure.headers['set-cookie']?.[0],
    /^__Host-callbox_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
  )
  const { 'set-cookie': cookies = [] } = secure.headers
  const overPlain = await post('/api/admin/logout', {}, { cookie: cookies.join() })
  t.equal(overPlain.status, 401, 'the cookie of the TLS side does not count on the plain side')
})

t.test('without a session the API refuses', async (t) => {
  const { send, post } = await startHarness(t, { adminStore: storeWithPassword() })
  t.equal((await send('GET', '/api/admin/status')).status, 401)
  t.equal((await post('/api/admin/join-links', { room: 'a' })).status, 401)
  t.equal((await post('/api/admin/logout', {})).status, 401)
  const stranger = await post('/api/call/lobby/token', { name: 'Eve' })
  t.equal(stranger.status, 403)
  t.match(stranger.json.error.message, /join link/)
})

t.test('a changing request needs the CSRF token', async (t) => {
  const { post, logIn } = await startHarness(t, { adminStore: storeWithPassword() })
  const { cookie, csrf } = await logIn()
  for (const headers of [{ cookie }, { cookie, 'x-csrf-token': `${csrf}x` }]) {
    for (const path of ['/api/admin/logout', '/api/admin/join-links']) {
      const answer = await post(path, { room: 'a' }, headers)
      t.equal(answer.status, 403)
      t.equal(answer.json.error.code, 'CSRF_MISMATCH')
    }
  }
  const answer = await post(
    '/api/admin/join-links',
    { room: 'a' },
    { cookie, 'x-csrf-token': csrf },
  )
  t.equal(answer.status, 201)
})

t.test('another origin is refused even with cookie and token', async (t) => {
  const { post, logIn, port } = await startHarness(t, { adminStore: storeWithPassword() })
  const { cookie, csrf } = await logIn()
  const strangers: Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: `http://127.0.0.1:${port + 1}` },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ]
  for (const stranger of strangers) {
    for (const path of [
      '/api/admin/login',
      '/api/admin/setup',
      '/api/admin/logout',
      '/api/admin/join-links',
      '/api/call/a/token',
    ]) {
      const headers = { cookie, 'x-csrf-token': csrf, ...stranger }
      const answer = await post(path, { password: PASSWORD, room: 'a' }, headers)
      t.equal(answer.json.error.code, 'CROSS_ORIGIN', `${path} ${JSON.stringify(stranger)}`)
    }
  }
})

t.test('a cookie stolen before log-out is worth nothing after it', async (t) => {
  const { send, post, logIn } = await startHarness(t, { adminStore: storeWithPassword() })
  const { cookie, csrf } = await logIn()
  t.equal((await send('GET', '/api/admin/status', { headers: { cookie } })).status, 200)
  const out = await post('/api/admin/logout', {}, { cookie, 'x-csrf-token': csrf })
  t.equal(out.status, 200)
  t.match(out.headers['set-cookie']?.[0], /callbox_session=; .*Max-Age=0/)
  t.equal((await send('GET', '/api/admin/status', { headers: { cookie } })).status, 401)
  t.match((await send('GET', '/api/admin/session', { headers: { cookie } })).json, {
    state: 'logged-out',
  })
})

t.test('a log-in ends after 12 idle hours, and each use starts them anew', async (t) => {
  const { send, logIn, clock } = await startHarness(t, { adminStore: storeWithPassword() })
  const { cookie } = await logIn()
  const statusAfter = async (hours: number) => {
    clock.nowMs += hours * 3_600_000
    return (await send('GET', '/api/admin/status', { headers: { cookie } })).status
  }
  t.equal(await statusAfter(11.9), 200)
  t.equal(await statusAfter(11.9), 200)
  t.equal(await statusAfter(12), 401)
})

t.test('guessing is stopped after ten tries of one address, with words', async (t) => {
  const { post } = await startHarness(t, { adminStore: storeWithPassword() })
  const guesses = await Promise.all(
    Array.from({ length: 14 }, () => post('/api/admin/login', { password: 'not the password' })),
  )
  const statuses = guesses.map((each) => each.status)
  t.equal(statuses.filter((each) => each === 401).length, 10, 'also when they come at once')
  t.equal(statuses.filter((each) => each === 429).length, 4)
  const barred = await post('/api/admin/login', { password: PASSWORD })
  t.equal(barred.status, 429, 'the right password has to wait as well')
  t.ok(Number(barred.headers['retry-after']) > 600)
  t.match(barred.json.error.message, /Try again in 15 minutes/)
})

t.test('many addresses together are slowed, a barred one cannot shut the others out', async (t) => {
  const { post } = await startHarness(t, {
    adminStore: storeWithPassword(),
    trustedProxies: ['127.0.0.1'],
  })
  const guess = (address: string, password = 'not the password') =>
    post('/api/admin/login', { password }, { 'x-forwarded-for': address })
  const statuses: number[] = []
  for (let round = 0; round < 8; round++) {
    const answers = await Promise.all(Array.from({ length: 10 }, () => guess('2001:db8::1')))
    statuses.push(...answers.map((each) => each.status))
  }
  t.equal(statuses.filter((each) => each === 401).length, 10)
  t.equal((await guess('2001:db8:0:0:ffff::9')).status, 429, 'a /64 counts as one address')
  t.equal((await guess('192.0.2.1', PASSWORD)).status, 200, 'others still come in')

  const crowd = await Promise.all(Array.from({ length: 30 }, (_, n) => guess(`198.51.100.${n}`)))
  t.equal(crowd.filter((each) => each.status === 401).length, 20, 'thirty a minute from everybody')
  t.equal(crowd.filter((each) => each.status === 429).length, 10)
})

t.test('proving oneself forgets earlier slips', async (t) => {
  const { post } = await startHarness(t, { adminStore: storeWithPassword() })
  for (let round = 0; round < 3; round++) {
    for (let slip = 0; slip < 6; slip++)
      await post('/api/admin/login', { password: 'slip of the key' })
    const answer = await post('/api/admin/login', { password: PASSWORD })
    t.equal(answer.status, 200)
    t.ok(cookieOf(answer))
  }
})
