import { Secret, TOTP } from 'otpauth'
import t, { type Test } from 'tap'
import type { AttemptLimits } from '../attempts.ts'
import { type Harness, PASSWORD, startHarness, storeWith } from './harness.ts'

const STEP_MS = 30_000

async function startWithAdmin(t: Test, limits: Partial<AttemptLimits> = {}) {
  const harness = await startHarness(t, {
    adminStore: storeWith({ admin: 'admin', vera: 'viewer' }),
    attemptLimits: { perAddress: 1000, everybody: 1000, ...limits },
  })
  const { cookie, csrf } = await harness.logIn()
  const headers = { cookie, 'x-csrf-token': csrf, origin: harness.origin }
  const own = (path: string, body: object) => harness.post(`/api/admin/own/${path}`, body, headers)
  const details = async () => (await harness.send('GET', '/api/admin/accounts', { headers })).json
  return { harness, headers, own, details }
}

/** An authenticator app, on the clock of the test. */
function appFor(harness: Harness, secret: string) {
  const totp = new TOTP({ secret: Secret.fromBase32(secret) })
  return (steps = 0) => totp.generate({ timestamp: harness.clock.nowMs + steps * STEP_MS })
}

/** Takes one-time codes into use; answers the app and the recovery codes. */
async function enrol(t: Test, limits: Partial<AttemptLimits> = {}) {
  const started = await startWithAdmin(t, limits)
  const offer = (await started.own('totp', { password: PASSWORD })).json
  const app = appFor(started.harness, offer.secret)
  const confirmed = await started.own('totp/confirm', { code: app() })
  t.equal(confirmed.status, 200)
  started.harness.clock.nowMs += STEP_MS
  const logIn = (code?: string, password = PASSWORD) =>
    started.harness.post('/api/admin/login', { name: 'admin', password, code })
  return { ...started, app, logIn, recovery: confirmed.json.codes as string[] }
}

t.test('an app is taken into use by its first code', async (t) => {
  const { harness, own, details } = await startWithAdmin(t)
  t.equal((await own('totp', { password: 'a wrong guess' })).json.error.code, 'PASSWORD_WRONG')
  const early = await own('totp/confirm', { code: '123456' })
  t.equal(early.json.error.code, 'TOTP_OFFER_ENDED')
  const { json: offer } = await own('totp', { password: PASSWORD })
  t.match(offer.secret, /^[A-Z2-7]{32}$/)
  t.match(offer.uri, /^otpauth:\/\/totp\/Callbox%20127\.0\.0\.1:admin\?.*secret=/)
  t.match(offer.modules[0], /^0+$/, 'with a light margin')
  t.equal(offer.modules.length, offer.modules[0].length)
  const app = appFor(harness, offer.secret)
  t.equal((await own('totp/confirm', { code: wrongFor(app()) })).json.error.code, 'CODE_WRONG')
  t.equal((await details()).own.hasTotp, false)
  const { json } = await own('totp/confirm', { code: `${app().slice(0, 3)} ${app().slice(3)}` })
  t.equal(json.codes.length, 10)
  t.match(json.codes[0], /^[a-z2-7]{4}(-[a-z2-7]{4}){3}$/)
  t.match(json.details, { own: { hasTotp: true }, recoveryCodesLeft: 10 })
})

t.test('an offer that nobody took up ends', async (t) => {
  const { harness, own } = await startWithAdmin(t)
  const { json: offer } = await own('totp', { password: PASSWORD })
  harness.clock.nowMs += 15 * 60_000
  const late = await own('totp/confirm', { code: appFor(harness, offer.secret)() })
  t.equal(late.json.error.code, 'TOTP_OFFER_ENDED')
})

t.test('the second step comes after a right password only', async (t) => {
  const { logIn, app } = await enrol(t)
  const wrong = await logIn(app(), 'a wrong guess')
  t.match(wrong.json.error, {
    code: 'PASSWORD_WRONG',
    message: 'That name or password is not right.',
  })
  const asked = await logIn()
  t.equal(asked.status, 401)
  t.equal(asked.json.error.code, 'CODE_NEEDED')
  t.equal(asked.headers['set-cookie'], undefined, 'half a log-in opens nothing')
  const done = await logIn(app())
  t.match(done.json, { state: 'logged-in', name: 'admin' })
})

t.test('a code is taken once, and within one step of now', async (t) => {
  const { logIn, app, harness } = await enrol(t, { codes: 100, codesPerDay: 100 })
  t.equal((await logIn(app(-2))).json.error.code, 'CODE_WRONG')
  t.equal((await logIn(app(2))).json.error.code, 'CODE_WRONG')
  const both = await Promise.all([logIn(app()), logIn(app())])
  t.same(both.map(({ status }) => status).sort(), [200, 401], 'also when two come at once')
  t.equal((await logIn(app())).json.error.code, 'CODE_USED')
  t.equal((await logIn(app(-1))).json.error.code, 'CODE_USED', 'nor an earlier one')
  t.equal((await logIn(app(1))).status, 200, 'a clock that is ahead')
  harness.clock.nowMs += 10 * STEP_MS
  t.equal((await logIn(app(-1))).status, 200, 'a clock that is behind')
})

t.test('a recovery code opens once, however it is typed', async (t) => {
  const { logIn, recovery, details } = await enrol(t)
  const [first = '', second = ''] = recovery
  t.equal((await logIn(first)).status, 200)
  t.equal((await logIn(first)).json.error.code, 'CODE_WRONG')
  t.equal((await logIn(second.toUpperCase().replaceAll('-', ' '))).status, 200)
  t.equal((await details()).recoveryCodesLeft, 8)
})

t.test('new recovery codes end the old ones', async (t) => {
  const { own, logIn, recovery } = await enrol(t)
  t.equal((await own('totp/recovery-codes', { password: 'a wrong guess' })).status, 401)
  const { json } = await own('totp/recovery-codes', { password: PASSWORD })
  t.equal((await logIn(recovery[0])).json.error.code, 'CODE_WRONG')
  t.equal((await logIn(json.codes[0])).status, 200)
})

t.test('who knows the password cannot try codes for long', async (t) => {
  const { logIn, app } = await enrol(t)
  const codes = []
  for (let n = 0; n < 7; n++) codes.push((await logIn(wrongFor(app()))).json.error.code)
  t.same(codes, [...Array(5).fill('CODE_WRONG'), 'TOO_MANY_ATTEMPTS', 'TOO_MANY_ATTEMPTS'])
  const right = await logIn(app())
  t.equal(right.status, 429, 'the right one has to wait as well')
  t.ok(Number(right.headers['retry-after']) > 600)
})

t.test('the password takes the codes out of use, an admin takes out those of others', async (t) => {
  const { own, logIn, details, harness, headers } = await enrol(t)
  t.equal(
    (await own('totp/remove', { password: 'a wrong guess' })).json.error.code,
    'PASSWORD_WRONG',
  )
  t.equal((await details()).own.hasTotp, true)
  t.equal((await own('totp/remove', { password: PASSWORD })).json.own.hasTotp, false)
  t.equal((await logIn()).status, 200)

  const vera = await harness.logIn('vera')
  const hers = { cookie: vera.cookie, 'x-csrf-token': vera.csrf, origin: harness.origin }
  const offer = (await harness.post('/api/admin/own/totp', { password: PASSWORD }, hers)).json
  const code = appFor(harness, offer.secret)()
  await harness.post('/api/admin/own/totp/confirm', { code }, hers)
  const login = () => harness.post('/api/admin/login', { name: 'vera', password: PASSWORD })
  t.equal((await login()).json.error.code, 'CODE_NEEDED')
  const removed = await harness.send('DELETE', '/api/admin/accounts/vera/totp', { headers })
  t.equal(removed.status, 200)
  t.equal((await login()).status, 200)
})

/** A code that is none of those near now, but for one chance in three hundred thousand. */
function wrongFor(code: string): string {
  return String((Number(code) + 333_333) % 1_000_000).padStart(6, '0')
}
