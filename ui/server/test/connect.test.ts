import t, { type Test } from 'tap'
import { PASSWORD, startHarness, storeWithPassword } from './harness.ts'
import { goodTests, scriptedConnect, scriptedKernel } from './sample-connect.ts'

const CONNECT = '/api/admin/connect'
const KERNEL = '/api/admin/kernel'

async function start(t: Test) {
  const connect = scriptedConnect()
  const kernel = scriptedKernel()
  const deps = { adminStore: storeWithPassword(), connect, kernel }
  return { connect, kernel, ...(await startHarness(t, deps)) }
}

/** A logged-in page that sends what it must. */
async function startAdmin(t: Test) {
  const harness = await start(t)
  const { cookie, csrf } = await harness.logIn()
  const headers = { cookie, origin: harness.origin, 'x-csrf-token': csrf }
  return {
    ...harness,
    read: (path: string) => harness.send('GET', path, { headers: { cookie } }),
    post: (path: string, body: object = {}) => harness.post(path, body, headers),
    remove: (path: string) => harness.send('DELETE', path, { headers }),
  }
}

t.test('only a logged-in page of ours sees or changes anything', async (t) => {
  const { send, post, logIn, origin, connect, kernel } = await start(t)
  for (const path of [CONNECT, KERNEL]) t.equal((await send('GET', path)).status, 401, path)
  const { cookie, csrf } = await logIn()
  const changes = [
    `${CONNECT}/test`,
    `${CONNECT}/trial`,
    `${CONNECT}/livekit-keys`,
    `${CONNECT}/livekit-keys/APIfirst/reveal`,
    `${KERNEL}/apply`,
    `${KERNEL}/revert`,
  ]
  for (const path of changes) {
    t.equal((await post(path, {})).status, 401, `${path} without a log-in`)
    t.equal((await post(path, {}, { cookie })).status, 403, `${path} without the token`)
    const foreign = { cookie, 'x-csrf-token': csrf, origin: 'https://elsewhere.example' }
    t.equal((await post(path, {}, foreign)).status, 403, `${path} from another site`)
  }
  const headers = { cookie, origin }
  t.equal((await send('DELETE', `${CONNECT}/livekit-keys/x`, { headers })).status, 403)
  t.same([...connect.asked, ...kernel.asked], [])
})

t.test('without them there are no such addresses', async (t) => {
  const { send } = await startHarness(t)
  for (const path of [CONNECT, KERNEL]) t.equal((await send('GET', path)).status, 404)
})

t.test('tells the facts without a secret, tries, and answers with what was found', async (t) => {
  const { read, post, logged } = await startAdmin(t)
  const before = await read(CONNECT)
  t.match(before.json, { livekitUrl: 'wss://calls.example.org', tests: [], isTesting: false })
  t.notMatch(before.text, /the secret of/)
  t.equal(before.headers['cache-control'], 'no-store')
  const { status, json } = await post(`${CONNECT}/test`)
  t.equal(status, 200)
  t.same(json.tests, JSON.parse(JSON.stringify(goodTests)))
  t.match(logged.at(-1)?.message, /as a chat server does/)
  t.same((await post(`${CONNECT}/trial`)).json, {
    livekitUrl: 'wss://calls.example.org',
    token: 'eyJ.trial.token',
  })
  t.match(logged.at(-1)?.message, /to try a call/)
  t.notMatch(JSON.stringify(logged), /trial\.token/)
})

t.test('makes a new key, retires the one before, and logs no secret', async (t) => {
  const { post, remove, logged, connect } = await startAdmin(t)
  const made = await post(`${CONNECT}/livekit-keys`)
  t.same(made.json, { key: 'APInew1', secret: 'the secret of APInew1' })
  t.match(logged.at(-1), {
    facts: { by: 'admin', action: 'livekit.key.rotated' },
    message: /made the LiveKit key APInew1/,
  })
  t.equal((await remove(`${CONNECT}/livekit-keys/APInew1`)).status, 404, 'the one in use')
  const retired = await remove(`${CONNECT}/livekit-keys/APIfirst`)
  t.match(retired.json.keys, [{ key: 'APInew1' }])
  t.equal(retired.json.keys.length, 1)
  const again = await remove(`${CONNECT}/livekit-keys/APIfirst`)
  t.match(again, { status: 404, json: { error: { code: 'LIVEKIT_KEY_UNKNOWN' } } })
  t.notMatch(JSON.stringify(logged), /the secret of/)
  connect.origin = 'config'
  t.match(await post(`${CONNECT}/livekit-keys`), {
    status: 409,
    json: { error: { code: 'LIVEKIT_KEYS_FIXED', message: 'Change livekit.keys there.' } },
  })
})

t.test('shows a secret for the password, and slows guessing', async (t) => {
  const { post, logged } = await startAdmin(t)
  const reveal = (password: unknown, key = 'APIfirst') =>
    post(`${CONNECT}/livekit-keys/${key}/reveal`, { password })
  t.same((await reveal(PASSWORD)).json, { key: 'APIfirst', secret: 'the secret of APIfirst' })
  t.match(logged.at(-1), {
    facts: { by: 'admin', action: 'livekit.key.revealed' },
    message: /looked at the secret of the LiveKit key APIfirst/,
  })
  t.equal((await reveal(7)).status, 400)
  t.equal((await reveal(PASSWORD, '__proto__')).status, 404)
  const answers = []
  for (let n = 0; n < 11; n++) answers.push(await reveal(`guess ${n}`))
  t.equal(answers[0]?.json.error.code, 'PASSWORD_WRONG')
  t.equal(answers.at(-1)?.status, 429)
  t.equal((await reveal(PASSWORD)).status, 429, 'even the right one has to wait')
})

t.test('applies the kernel settings and takes them back', async (t) => {
  const { read, post, logged, kernel } = await startAdmin(t)
  t.match((await read(KERNEL)).json, { isApplied: false, mayApply: true })
  t.match((await post(`${KERNEL}/apply`)).json, {
    message: /read back/,
    details: { isApplied: true },
  })
  t.match(logged.at(-1)?.message, /applied the kernel settings/)
  t.match((await post(`${KERNEL}/revert`)).json, { details: { isApplied: false } })
  t.match(logged.at(-1)?.message, /took the kernel settings back/)
  const lines = logged.length
  kernel.next = { ok: false, isBusy: true, message: 'Wait.' }
  t.match(await post(`${KERNEL}/apply`), { status: 409, json: { error: { code: 'KERNEL_BUSY' } } })
  kernel.next = { ok: false, isBusy: false, message: 'This is the kernel of a host.' }
  t.match(await post(`${KERNEL}/apply`), {
    status: 422,
    json: { error: { code: 'KERNEL_REFUSED', message: 'This is the kernel of a host.' } },
  })
  t.equal(logged.length, lines, 'what was not done is not told as done')
})
