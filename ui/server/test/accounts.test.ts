import { once } from 'node:events'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import {
  cookieOf,
  type Harness,
  PASSWORD,
  setupCodeOf,
  startHarness,
  storeWith,
} from './harness.ts'

const NEXT = 'another good password'

type Person = Readonly<{
  headers: { cookie: string; 'x-csrf-token': string; origin: string }
  get: Harness['send'] extends (...args: never) => infer R ? (path: string) => R : never
  post: (path: string, body?: object) => ReturnType<Harness['post']>
  remove: (path: string) => ReturnType<Harness['post']>
}>

async function person(harness: Harness, name: string): Promise<Person> {
  const { cookie, csrf } = await harness.logIn(name)
  const headers = { cookie, 'x-csrf-token': csrf, origin: harness.origin }
  return {
    headers,
    get: (path) => harness.send('GET', `/api/admin/${path}`, { headers }),
    post: (path, body = {}) => harness.post(`/api/admin/${path}`, body, headers),
    remove: (path) => harness.send('DELETE', `/api/admin/${path}`, { headers }),
  }
}

async function startWithPeople(t: Test) {
  const harness = await startHarness(t, {
    adminStore: storeWith({ admin: 'admin', ada: 'admin', vera: 'viewer' }),
    trustedProxies: ['127.0.0.1'],
  })
  return { harness, admin: await person(harness, 'admin') }
}

t.test('the set-up link makes an admin of the name that was chosen', async (t) => {
  const { ui, post, logIn } = await startHarness(t)
  const code = setupCodeOf(ui)
  const bad = await post('/api/admin/setup', { code, name: 'no spaces', password: PASSWORD })
  t.match(bad.json.error, { code: 'INPUT_INVALID', message: /letters a to z/ })
  for (const name of ['console', 'nobody', '-a', 'token:x', 'x'.repeat(33), '']) {
    t.equal((await post('/api/admin/setup', { code, name, password: PASSWORD })).status, 400, name)
  }
  const { json } = await post('/api/admin/setup', { code, name: ' Grace ', password: PASSWORD })
  t.match(json, { state: 'logged-in', name: 'grace', role: 'admin' })
  t.equal((await post('/api/admin/login', { password: PASSWORD })).status, 401, 'nobody is admin')
  t.ok((await logIn('GRACE')).csrf, 'capitals do not matter')
})

t.test('an admin makes accounts, a viewer sees only their own', async (t) => {
  const { harness, admin } = await startWithPeople(t)
  const made = await admin.post('accounts', { name: 'Bob', role: 'viewer', password: NEXT })
  t.equal(made.status, 200)
  t.match(
    made.json.accounts.map(({ name, role }: { name: string; role: string }) => `${name} ${role}`),
    ['admin admin', 'ada admin', 'vera viewer', 'bob viewer'],
  )
  t.notMatch(made.text, /scrypt|passwordHash|id-of/)
  const again = await admin.post('accounts', { name: 'bob', role: 'admin', password: NEXT })
  t.equal(again.json.error.code, 'ACCOUNT_EXISTS')
  const weak = await admin.post('accounts', { name: 'eve', role: 'admin', password: 'short' })
  t.equal(weak.json.error.code, 'PASSWORD_TOO_SHORT')
  const odd = await admin.post('accounts', { name: 'eve', role: 'owner', password: NEXT })
  t.equal(odd.json.error.code, 'INPUT_INVALID')

  const vera = await person(harness, 'vera')
  const { json } = await vera.get('accounts')
  t.match(json, { own: { name: 'vera', role: 'viewer' }, tokens: [] })
  t.equal(json.accounts.length, 1)
  t.equal(json.sessions.length, 1)
  t.equal((await admin.get('accounts')).json.sessions.length, 2, 'an admin sees all log-ins')
})

t.test('there are at most fifty accounts', async (t) => {
  const names = Array.from({ length: 49 }, (_, n) => [`n${n}`, 'viewer'] as const)
  const roles = { admin: 'admin', ...Object.fromEntries(names) } as const
  const harness = await startHarness(t, { adminStore: storeWith(roles) })
  const admin = await person(harness, 'admin')
  const { json } = await admin.post('accounts', { name: 'bob', role: 'viewer', password: NEXT })
  t.equal(json.error.code, 'TOO_MANY_ACCOUNTS')
})

t.test('what is taken away is gone at once, on the live page too', async (t) => {
  const { harness, admin } = await startWithPeople(t)
  const ways: [string, (name: string) => ReturnType<Person['post']>][] = [
    ['demoted', (name) => admin.post(`accounts/${name}/role`, { role: 'viewer' })],
    ['given a new password', (name) => admin.post(`accounts/${name}/password`, { password: NEXT })],
    ['removed', (name) => admin.remove(`accounts/${name}`)],
  ]
  for (const [way, act] of ways) {
    const name = `eve${ways.findIndex(([each]) => each === way)}`
    await admin.post('accounts', { name, role: 'admin', password: PASSWORD })
    const eve = await person(harness, name)
    t.equal((await eve.get('status')).status, 200)
    const socket = new WebSocket(`ws://127.0.0.1:${harness.port}/api/admin/live`, {
      headers: { cookie: eve.headers.cookie, origin: harness.origin },
    })
    await once(socket, 'message')
    t.equal((await act(name)).status, 200)
    t.equal((await eve.get('status')).status, 401, `${way}: the cookie`)
    t.equal((await eve.post('join-links', { room: 'a' })).status, 401, `${way}: a change`)
    const closed = once(socket, 'close')
    harness.tick()
    t.equal((await closed)[0], 4401, `${way}: the live page`)
  }
})

t.test('nobody removes or demotes themselves, and the last admin stays', async (t) => {
  const { harness, admin } = await startWithPeople(t)
  for (const answer of [
    await admin.remove('accounts/admin'),
    await admin.post('accounts/admin/role', { role: 'viewer' }),
    await admin.post('accounts/admin/password', { password: NEXT }),
    await admin.remove('accounts/admin/totp'),
  ]) {
    t.equal(answer.json.error.code, 'OWN_ACCOUNT')
  }
  t.equal((await admin.remove('accounts/nobody')).json.error.code, 'ACCOUNT_UNKNOWN')
  t.equal((await admin.remove('accounts/__proto__')).json.error.code, 'ACCOUNT_UNKNOWN')

  const { json } = await admin.post('tokens', { name: 'robot', role: 'admin', days: 1 })
  const script = { authorization: `Bearer ${json.token}`, 'content-type': 'application/json' }
  await admin.remove('accounts/ada')
  const last = await harness.send('DELETE', '/api/admin/accounts/admin', { headers: script })
  t.equal(last.json.error.code, 'LAST_ADMIN')
  const demoted = await harness.send('POST', '/api/admin/accounts/admin/role', {
    headers: script,
    body: '{"role":"viewer"}',
  })
  t.equal(demoted.json.error.code, 'LAST_ADMIN')
})

t.test('a new password ends every other log-in, and the cookie of before', async (t) => {
  const { harness, admin } = await startWithPeople(t)
  const elsewhere = await person(harness, 'admin')
  const wrong = await admin.post('own/password', { password: 'a wrong guess', next: NEXT })
  t.equal(wrong.json.error.code, 'PASSWORD_WRONG')
  const weak = await admin.post('own/password', { password: PASSWORD, next: 'short' })
  t.equal(weak.json.error.code, 'PASSWORD_TOO_SHORT')
  t.equal((await elsewhere.get('status')).status, 200)

  const changed = await admin.post('own/password', { password: PASSWORD, next: NEXT })
  t.equal(changed.status, 200)
  t.equal(changed.json.sessions.filter((each: { isOwn: boolean }) => each.isOwn).length, 1)
  t.equal((await elsewhere.get('status')).status, 401, 'another browser')
  t.equal((await admin.get('status')).status, 401, 'a stolen copy of this cookie')
  const headers = { cookie: cookieOf(changed) }
  t.equal((await harness.send('GET', '/api/admin/status', { headers })).status, 200)
  const session = await harness.send('GET', '/api/admin/session', { headers })
  t.not(session.json.csrf, admin.headers['x-csrf-token'])

  const login = (password: string) => harness.post('/api/admin/login', { password })
  t.equal((await login(PASSWORD)).status, 401)
  t.equal((await login(NEXT)).status, 200)
})

t.test('people end log-ins: their own, all others of theirs, admins anybody’s', async (t) => {
  const { harness, admin } = await startWithPeople(t)
  const vera = await person(harness, 'vera')
  const phone = await person(harness, 'vera')
  const { json } = await admin.get('accounts')
  const [adminsOwn] = json.sessions.filter(
    ({ account }: { account: string }) => account === 'admin',
  )
  t.match(adminsOwn, { isOwn: true, address: '127.0.0.1' })
  const foreign = await vera.remove(`sessions/${adminsOwn.id}`)
  t.equal(foreign.json.error.code, 'SESSION_UNKNOWN', 'a viewer cannot even see that it is there')
  t.equal((await admin.get('status')).status, 200)

  t.equal((await vera.remove('own/other-sessions')).status, 200)
  t.equal((await phone.get('status')).status, 401)
  t.equal((await vera.get('status')).status, 200)

  const { sessions } = (await vera.get('accounts')).json
  t.equal((await admin.remove(`sessions/${sessions[0].id}`)).status, 200)
  t.equal((await vera.get('status')).status, 401)
})

t.test('a log-in tells where it is from in words', async (t) => {
  const { harness, admin } = await startWithPeople(t)
  await harness.post(
    '/api/admin/login',
    { name: 'vera', password: PASSWORD },
    {
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      'x-forwarded-for': '192.0.2.7',
    },
  )
  const { sessions } = (await admin.get('accounts')).json
  const found = sessions.find(({ account }: { account: string }) => account === 'vera')
  t.match(found, { browser: 'Firefox on Linux', address: '192.0.2.7', isOwn: false })
})

t.test('everything that was changed is in the audit log, with who and whence', async (t) => {
  const { harness, admin } = await startWithPeople(t)
  await admin.post('accounts', { name: 'bob', role: 'viewer', password: NEXT })
  await admin.post('accounts/bob/role', { role: 'admin' })
  await admin.remove('accounts/bob')
  await admin.post('join-links', { room: 'garden' })
  await harness.post('/api/admin/login', { name: 'eve', password: 'a wrong guess' })
  await harness.post('/api/admin/login', { name: 'vera', password: 'a wrong guess' })
  harness.ui.audit('settings.rolled-back', 'the restart failed')
  const { json, text } = await admin.get('audit')
  t.same(
    json.entries.map(({ by, action, text: words }: Record<string, string>) => [by, action, words]),
    [
      ['console', 'settings.rolled-back', 'the restart failed'],
      ['nobody', 'login.failed', 'failed to log in with a name that nobody has'],
      ['admin', 'call.link.created', 'made a join link for the room garden'],
      ['admin', 'account.removed', 'removed the account bob'],
      ['admin', 'account.role', 'made bob admin'],
      ['admin', 'account.created', 'made the account bob, viewer'],
      ['admin', 'login', 'logged in'],
    ],
  )
  t.match(json.entries[2], { address: '127.0.0.1' })
  t.notMatch(text, new RegExp(NEXT))
  const found = await admin.get('audit?find=BOB')
  t.equal(found.json.entries.length, 3)
  const before = await admin.get(`audit?before=${json.entries[4].atMs}`)
  t.equal(before.json.entries.length, 2)
  t.equal((await admin.get('audit?before=soon')).status, 400)
  const logged = harness.logged.map(({ message }) => message)
  t.ok(logged.includes('made the account bob, viewer'), 'the program’s own log has it too')
})
