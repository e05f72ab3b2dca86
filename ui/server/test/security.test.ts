import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { linkSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Accounts } from '../accounts/accounts.ts'
import { Register } from '../accounts/register.ts'
import { createFileAdminStore } from '../admin-store.ts'
import { createFileAuditStore } from '../audit-store.ts'
import { createPasswordHasher } from '../password.ts'
import { createFileSessionStore } from '../session-store.ts'
import {
  cookieOf,
  type Harness,
  PASSWORD,
  setupCodeOf,
  startHarness,
  storeWith,
  storeWithPassword,
} from './harness.ts'

const NOTHING = () => {}
const QUIET = { debug: NOTHING, info: NOTHING, warn: NOTHING, error: NOTHING }
const JSON_TYPE = { 'content-type': 'application/json' }

t.test('an unknown name costs as much hashing as a wrong password', async (t) => {
  const hasher = createPasswordHasher(randomBytes)
  const hashed: string[] = []
  const accounts = new Accounts({
    register: new Register(storeWith({ ada: 'admin' }), QUIET),
    hasher: {
      ...hasher,
      decoy: () => 'decoy',
      verify: async (_password, hash) => {
        hashed.push(hash)
        return false
      },
    },
    random: randomBytes,
    clock: { unixMs: () => 0 },
  })
  t.equal(await accounts.checkLogin('ada', 'a wrong guess'), 'PASSWORD_WRONG')
  t.equal(await accounts.checkLogin('nobody-at-all', 'a wrong guess'), 'PASSWORD_WRONG')
  t.equal(await accounts.checkLogin('', 'a wrong guess'), 'PASSWORD_WRONG')
  t.equal(hashed.length, 3, 'one hash for each')
  t.same(hashed.slice(1), ['decoy', 'decoy'])
  t.match(hasher.decoy(), /^scrypt\$65536\$8\$1\$[\w-]{22}\$[\w-]{43}$/, 'and as dear a one')
})

t.test('answers to unknown names and to wrong passwords are the same', async (t) => {
  const { post } = await startHarness(t, { adminStore: storeWithPassword() })
  const login = async (name: string) => {
    const { status, json, headers } = await post('/api/admin/login', { name, password: 'a guess' })
    return { status, json, cookie: headers['set-cookie'] }
  }
  t.same(await login('admin'), await login('eve'))
  t.equal((await login('__proto__')).status, 401)
  t.equal((await login('constructor')).status, 401)
})

t.test(
  'many addresses that guess at one account are stopped, whoever is at home is not',
  async (t) => {
    const { post } = await startHarness(t, {
      adminStore: storeWith({ admin: 'admin', ada: 'admin' }),
      trustedProxies: ['127.0.0.1'],
      attemptLimits: { perAddress: 1000, everybody: 1000, perAccount: 6 },
    })
    const login = async (address: string, name: string, password = PASSWORD) =>
      (await post('/api/admin/login', { name, password }, { 'x-forwarded-for': address })).status
    t.equal(await login('192.0.2.1', 'admin'), 200)
    const guesses = []
    for (let n = 0; n < 8; n++) guesses.push(await login(`198.51.100.${n}`, 'admin', 'a guess'))
    t.same(guesses, [...Array(6).fill(401), 429, 429])
    t.equal(await login('198.51.100.200', 'admin'), 429)
    t.equal(
      await login('192.0.2.1', 'admin'),
      200,
      'from where somebody of that account is logged in',
    )
    t.equal(await login('198.51.100.200', 'ada'), 200, 'another account')
    const unknown = []
    for (let n = 0; n < 7; n++) unknown.push(await login(`198.51.100.${n}`, 'eve', 'a guess'))
    t.same(unknown, [...Array(6).fill(401), 429], 'a name that nobody has behaves the same')
  },
)

t.test('a log-in gets a cookie of its own: none that was there before goes on', async (t) => {
  const { post, send } = await startHarness(t, { adminStore: storeWithPassword() })
  const planted = `callbox_session=${'A'.repeat(43)}`
  const first = await post('/api/admin/login', { password: PASSWORD }, { cookie: planted })
  t.not(cookieOf(first), planted)
  const status = async (cookie: string) =>
    (await send('GET', '/api/admin/status', { headers: { cookie } })).status
  t.equal(await status(planted), 401)
  const second = await post('/api/admin/login', { password: PASSWORD }, { cookie: cookieOf(first) })
  t.equal(await status(cookieOf(second)), 200)
  t.equal(await status(cookieOf(first)), 401, 'the log-in before has ended')
})

t.test(
  'a cookie of another name, a token as cookie and a cookie as token are nothing',
  async (t) => {
    const { send, logIn } = await startHarness(t, {
      adminStore: storeWithPassword(),
      apiToken: 'the-built-in-one',
    })
    const { cookie } = await logIn()
    const [, value = ''] = cookie.split('=')
    const strangers: Record<string, string>[] = [
      { cookie: `__Host-callbox_session=${value}` },
      { cookie: `session=${value}` },
      { cookie: `Callbox_Session=${value}` },
      { cookie: 'callbox_session=the-built-in-one' },
      { cookie: 'callbox_session=' },
      { cookie: 'callbox_session' },
      { cookie: '__proto__=1; constructor=2' },
      { authorization: `Bearer ${value}` },
    ]
    for (const headers of strangers) {
      const answer = await send('GET', '/api/admin/status', { headers })
      t.equal(answer.status, 401, JSON.stringify(headers))
    }
  },
)

t.test('log-ins survive a restart; their file gives none to who reads it', async (t) => {
  const directory = t.testdir()
  const start = (t: Test) =>
    startHarness(t, {
      adminStore: createFileAdminStore(directory),
      sessionStore: createFileSessionStore(directory, QUIET),
      auditStore: createFileAuditStore(directory),
    })
  const before = await start(t)
  const code = setupCodeOf(before.ui)
  const set = await before.post('/api/admin/setup', { code, password: PASSWORD })
  const cookie = cookieOf(set)
  before.ui.close()

  const after = await start(t)
  const status = async (cookie: string) =>
    (await after.send('GET', '/api/admin/status', { headers: { cookie } })).status
  t.equal(await status(cookie), 200)
  const { json } = await after.send('GET', '/api/admin/session', { headers: { cookie } })
  t.equal(json.csrf, set.json.csrf, 'an open page goes on')
  const [kept] = createFileSessionStore(directory, QUIET).load()
  t.equal(await status(`callbox_session=${kept?.id}`), 401)
  const headers = { cookie, 'x-csrf-token': json.csrf, origin: after.origin }
  await after.post('/api/admin/logout', {}, headers)

  const third = await start(t)
  const again = await third.send('GET', '/api/admin/status', { headers: { cookie } })
  t.equal(again.status, 401, 'what was ended stays ended')
})

t.test('damaged log-ins cost log-ins, not the start', async (t) => {
  const errors: string[] = []
  const log = { ...QUIET, error: (_facts: object, message: string) => void errors.push(message) }
  for (const damaged of ['{', '[{"id":1}]', '{"__proto__":{}}']) {
    const directory = t.testdir({ 'sessions.json': damaged })
    const store = createFileSessionStore(directory, log)
    t.same(store.load(), [])
    store.save([])
    t.same(store.load(), [])
  }
  t.equal(errors.length, 3)
})

t.test('every kind of answer keeps to itself', async (t) => {
  const { send, post, logIn, origin } = await startHarness(t, {
    adminStore: storeWithPassword(),
    metrics: () => 'up 1\n',
    readiness: () => {
      throw new Error('a mistake')
    },
  })
  const { cookie } = await logIn()
  const answers = {
    page: await send('GET', '/admin/users'),
    landing: await send('GET', '/'),
    icon: await send('GET', '/favicon.ico'),
    facts: await send('GET', '/api/admin/accounts', { headers: { cookie } }),
    metrics: await send('GET', '/metrics', { headers: { cookie } }),
    refused: await send('GET', '/api/admin/accounts'),
    'not found': await send('GET', '/nowhere'),
    'not found in the API': await send('GET', '/api/nowhere'),
    'wrong method': await send('PUT', '/api/admin/accounts'),
    'unknown method': await send('PROPFIND', '/api/admin/accounts'),
    'too large': await post('/api/admin/login', { password: 'x'.repeat(70_000) }),
    malformed: await send('POST', '/api/admin/login', { headers: JSON_TYPE, body: '{' }),
    'log-in': await post('/api/admin/login', { password: PASSWORD }),
    'cross-origin': await post('/api/admin/login', {}, { origin: `${origin}0` }),
    mistake: await send('GET', '/readyz'),
  }
  t.equal(answers.mistake.status, 500)
  for (const [kind, { headers, status }] of Object.entries(answers)) {
    t.match(
      headers,
      {
        'content-security-policy': /^default-src 'none'; .*frame-ancestors 'none'/,
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
      },
      `${kind} (${status})`,
    )
    t.equal(headers['x-powered-by'], undefined, kind)
  }
  for (const kind of [
    'facts',
    'refused',
    'wrong method',
    'too large',
    'log-in',
    'metrics',
  ] as const) {
    t.equal(answers[kind].headers['cache-control'], 'no-store', kind)
  }
})

t.test('no path leaves the folder of the pages', async (t) => {
  const root = t.testdir({
    'secrets.json': 'a secret',
    web: { 'admin.html': 'a page', 'call.html': 'a page' },
  })
  mkdirSync(join(root, 'web/assets'))
  writeFileSync(join(root, 'web/assets/admin.js'), 'script')
  const { send } = await startHarness(t, { webRoot: join(root, 'web') })
  const steps = [
    '../secrets.json',
    '../../secrets.json',
    '..%2fsecrets.json',
    '..%2f..%2fsecrets.json',
    '..%252f..%252fsecrets.json',
    '%2e%2e%2f%2e%2e%2fsecrets.json',
    '%252e%252e%252fsecrets.json',
    '..%5c..%5csecrets.json',
    '..\\..\\secrets.json',
    '%c0%ae%c0%ae%2fsecrets.json',
    '..;/..;/secrets.json',
    'admin.js%00',
    'admin.js%2500.json',
    '%2fetc%2fpasswd',
    '..%ef%bc%8fsecrets.json',
  ]
  for (const base of ['/assets/', '/admin/', '/admin/users/', '/call/', '/']) {
    for (const step of steps) {
      const answer = await send('GET', base + step)
      t.notMatch(answer.text, /a secret|root:/, base + step)
      t.ok(answer.status < 500, `${base}${step}: ${answer.status}`)
      if (base === '/assets/') t.equal(answer.status, 404, base + step)
    }
  }
})

t.test('bodies that are no honest JSON are refused without a mistake of ours', async (t) => {
  const { send, logIn, origin } = await startHarness(t, { adminStore: storeWithPassword() })
  const { cookie, csrf } = await logIn()
  const headers = { ...JSON_TYPE, cookie, 'x-csrf-token': csrf, origin }
  const account = { name: 'bob', role: 'viewer', password: PASSWORD }
  const bodies: readonly [string, string | Buffer][] = [
    ['deep arrays', '['.repeat(30_000)],
    ['deep, closed arrays', '['.repeat(15_000) + ']'.repeat(15_000)],
    ['deep objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
    ['a prototype', '{"__proto__":{"role":"admin"},"name":"bob","password":"long enough 1"}'],
    ['a constructor', '{"constructor":{"prototype":{"role":"admin"}},"name":"bob"}'],
    ['a prototype in a field', '{"name":{"__proto__":"x"},"role":"viewer","password":"x"}'],
    ['an array for a name', JSON.stringify({ ...account, name: ['bob'] })],
    ['a number for a password', JSON.stringify({ ...account, password: 1e300 })],
    ['a role of its own', JSON.stringify({ ...account, role: 'constructor' })],
    ['zero bytes', Buffer.from('{"name":"a\u0000b","role":"viewer","password":"long enough 1"}')],
    ['broken UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ['nothing', ''],
    ['null', 'null'],
    ['a million digits', `{"name":${'9'.repeat(60_000)}}`],
  ]
  for (const [what, body] of bodies) {
    const answer = await send('POST', '/api/admin/accounts', { headers, body })
    t.ok(answer.status >= 400 && answer.status < 500, `${what}: ${answer.status}`)
    t.type(answer.json.error.message, 'string', what)
  }
  t.equal(({} as Record<string, unknown>)['role'], undefined, 'nothing reached the prototype')
  const list = await send('GET', '/api/admin/accounts', { headers })
  t.equal(list.json.accounts.length, 1)
})

t.test('types that are not JSON are refused, whatever they hold', async (t) => {
  const { send, logIn, origin } = await startHarness(t, { adminStore: storeWithPassword() })
  const { cookie, csrf } = await logIn()
  const body = JSON.stringify({ name: 'bob', role: 'admin', password: PASSWORD })
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'text/json',
    '',
  ]) {
    const headers = { 'content-type': type, cookie, 'x-csrf-token': csrf, origin }
    const answer = await send('POST', '/api/admin/accounts', { headers, body })
    t.equal(answer.status, 415, type)
  }
})

t.test('oversized heads are cut off, and the server goes on', async (t) => {
  const harness = await startHarness(t, { adminStore: storeWithPassword() })
  const big = 'x'.repeat(20_000)
  t.match(await raw(harness, `GET /${big} HTTP/1.1\r\nHost: a\r\n\r\n`), /^HTTP\/1\.1 431/)
  t.match(await raw(harness, `GET / HTTP/1.1\r\nCookie: ${big}\r\n\r\n`), /^HTTP\/1\.1 4\d\d/)
  const smuggled =
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n'
  t.match(await raw(harness, smuggled), /^HTTP\/1\.1 400/)
  t.equal((await harness.send('GET', '/healthz')).status, 200)
})

t.test('a viewer gets no seat in a call without an invite', async (t) => {
  const { post, logIn } = await startHarness(t, { adminStore: storeWith({ vera: 'viewer' }) })
  const { cookie } = await logIn('vera')
  const answer = await post('/api/call/lobby/token', { name: 'Vera' }, { cookie })
  t.equal(answer.json.error.code, 'JOIN_LINK_NEEDED')
})

/** Sends bytes as no client library would; answers what came back until the server hung up. */
async function raw({ port }: Harness, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk) => {
    answer += String(chunk)
  })
  socket.write(request)
  await once(socket, 'close')
  return answer
}

t.test('whose login ends while their request is under way does nothing any more', async (t) => {
  const harness = await startHarness(t, {
    adminStore: storeWith({ ada: 'admin', eve: 'admin' }),
  })
  const [ada, eve] = [await harness.logIn('ada'), await harness.logIn('eve')]
  const slow = startSlowly(harness, eve, '/api/admin/accounts', {
    name: 'later',
    role: 'admin',
    password: PASSWORD,
  })
  await slow.untilAsked
  const removed = await harness.send('DELETE', '/api/admin/accounts/eve', {
    headers: { ...headersOf(ada), origin: harness.origin },
  })
  t.equal(removed.status, 200, removed.text)
  t.match(await slow.finish(), /^HTTP\/1\.1 401 /)
  const { accounts } = (
    await harness.send('GET', '/api/admin/accounts', { headers: { cookie: ada.cookie } })
  ).json
  t.same(
    accounts.map(({ name }: { name: string }) => name),
    ['ada'],
  )
})

t.test('what is hashed for somebody who has lost their login is not taken', async (t) => {
  const register = new Register(storeWith({ ada: 'admin' }), QUIET)
  const hasher = createPasswordHasher(randomBytes)
  const accounts = new Accounts({
    register,
    hasher,
    random: randomBytes,
    clock: { unixMs: () => 0 },
  })
  const nobody = () => false
  const eve = { name: 'eve', role: 'admin', password: PASSWORD } as const
  t.equal(await accounts.add(eve, nobody), 'LOGIN_REQUIRED')
  t.equal(await accounts.setPassword('id-of-ada', 'another password', nobody), 'LOGIN_REQUIRED')
  t.equal(register.accounts.length, 1)
  t.equal(typeof (await accounts.checkLogin('ada', PASSWORD)), 'object')
})

t.test('a full disk keeps nobody out', async (t) => {
  const adminStore = storeWithPassword()
  const harness = await startHarness(t, { adminStore })
  const { cookie, csrf } = await harness.logIn()
  const headers = { cookie, 'x-csrf-token': csrf }
  const made = await harness.post(
    '/api/admin/tokens',
    { name: 'watch', role: 'viewer', days: null },
    headers,
  )
  const authorization = `Bearer ${made.json.token}`
  adminStore.save = () => {
    throw new Error('no space left')
  }
  harness.clock.nowMs += 3_600_000
  const asked = await harness.send('GET', '/api/admin/status', { headers: { authorization } })
  t.equal(asked.status, 200, asked.text)
  const login = await harness.post('/api/admin/login', { password: PASSWORD })
  t.equal(login.status, 200, login.text)
  t.ok(harness.logged.some(({ message }) => message === 'the accounts cannot be written'))
})

t.test('the audit log follows no link, as root may be the one who writes', async (t) => {
  const directory = t.testdir({ other: 'what is not ours\n' })
  const entry = { atMs: 1, by: 'console', address: '', action: 'x', text: 'x' }
  const file = join(directory, 'audit.jsonl')
  const store = createFileAuditStore(directory)
  for (const lead of [symlinkSync, linkSync]) {
    lead(join(directory, 'other'), file)
    t.throws(() => store.append(entry))
    t.equal(readFileSync(join(directory, 'other'), 'utf8'), 'what is not ours\n')
    rmSync(file)
  }
  store.append(entry)
  t.equal((await store.read()).length, 1)
})

function headersOf({ cookie, csrf }: { cookie: string; csrf: string }) {
  return { cookie, 'x-csrf-token': csrf }
}

/** Sends a request whose last byte waits; `untilAsked` is when the server wants it. */
function startSlowly(
  { port, origin }: Harness,
  login: { cookie: string; csrf: string },
  path: string,
  body: object,
) {
  const text = JSON.stringify(body)
  const socket = connect(port, '127.0.0.1')
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `Origin: ${origin}`,
    'Expect: 100-continue',
    'Connection: close',
    ...Object.entries({ ...headersOf(login), ...JSON_TYPE, 'content-length': text.length }).map(
      ([name, value]) => `${name}: ${value}`,
    ),
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  const untilAsked = once(socket, 'data').then(() => socket.write(text.slice(0, -1)))
  const finish = async () => {
    const answer: Buffer[] = []
    socket.on('data', (bytes: Buffer) => answer.push(bytes))
    socket.write(text.slice(-1))
    await once(socket, 'close')
    return Buffer.concat(answer).toString()
  }
  return { untilAsked, finish }
}
