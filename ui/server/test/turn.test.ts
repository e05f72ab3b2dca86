import t from 'tap'
import { PASSWORD, startHarness, storeWithPassword } from './harness.ts'
import { busyTurn, scriptedTurn } from './sample-turn.ts'

const NOW_MS = 1_800_000_000_000

async function startWithTurn(t: import('tap').Test, details = () => busyTurn(NOW_MS)) {
  const turn = scriptedTurn(details)
  const harness = await startHarness(t, { adminStore: storeWithPassword(), turn })
  return { turn, ...harness }
}

/** A logged-in page that sends what it must. */
async function startAdmin(t: import('tap').Test, details?: () => ReturnType<typeof busyTurn>) {
  const harness = await startWithTurn(t, details)
  const { cookie, csrf } = await harness.logIn()
  const headers = { cookie, origin: harness.origin, 'x-csrf-token': csrf }
  return {
    ...harness,
    headers,
    post: (path: string, body: object = {}) => harness.post(path, body, headers),
    remove: (path: string) => harness.send('DELETE', path, { headers }),
  }
}

t.test('only a logged-in page of ours sees or changes the relay', async (t) => {
  const { send, post, logIn, origin, turn } = await startWithTurn(t)
  t.equal((await send('GET', '/api/admin/turn')).status, 401)
  const { cookie, csrf } = await logIn()
  const answer = await send('GET', '/api/admin/turn', { headers: { cookie } })
  t.same(answer.json, JSON.parse(JSON.stringify(busyTurn(NOW_MS))))
  t.equal(answer.headers['cache-control'], 'no-store')
  const shouted = await send('GET', '/API/Admin/Turn', { headers: { cookie } })
  t.equal(shouted.headers['cache-control'], 'no-store')
  t.notMatch(answer.text, /the secret of|the key/, 'the facts hold no secret')

  for (const path of ['self-test', 'credentials', 'secret', 'secret/reveal']) {
    const to = `/api/admin/turn/${path}`
    t.equal((await post(to, {})).status, 401, `${path} without a log-in`)
    t.equal((await post(to, {}, { cookie })).status, 403, `${path} without the token`)
    const foreign = { cookie, 'x-csrf-token': csrf, origin: 'https://elsewhere.example' }
    t.equal((await post(to, {}, foreign)).status, 403, `${path} from another site`)
  }
  for (const path of ['allocations/a1', 'previous-secrets/s1']) {
    const headers = { cookie, origin }
    t.equal((await send('DELETE', `/api/admin/turn/${path}`, { headers })).status, 403, path)
  }
  t.same(turn.asked, [])
})

t.test('without a relay there are no such addresses', async (t) => {
  const { send } = await startHarness(t)
  t.equal((await send('GET', '/api/turn?service=turn')).status, 404)
  t.equal((await send('GET', '/api/admin/turn')).status, 404)
})

t.test('runs the self-test and answers with its result', async (t) => {
  const { post, turn } = await startAdmin(t)
  const { status, json } = await post('/api/admin/turn/self-test')
  t.equal(status, 200)
  t.equal(json.selfTest.results.length, 4)
  t.same(turn.asked, ['self-test'])
})

t.test('gives the admin’s browser what it needs to try the relay, for ten minutes', async (t) => {
  const { post, logged } = await startAdmin(t)
  const { json } = await post('/api/admin/turn/credentials')
  t.match(logged.at(-1)?.message, /to try the relay/)
  t.match(json, { username: /:admin-test$/, ttl: 600, uris: [/^turn:/] })
})

t.test('ends an allocation once', async (t) => {
  const { remove, logged } = await startAdmin(t)
  const { status, json } = await remove('/api/admin/turn/allocations/a2')
  t.equal(status, 200)
  t.same(
    json.allocations.map(({ id }: { id: string }) => id),
    ['a1', 'a3', 'a4'],
  )
  t.match(logged.at(-1), { facts: { by: 'admin' }, message: 'ended the TURN allocation a2' })
  const again = await remove('/api/admin/turn/allocations/a2')
  t.equal(again.status, 404)
  t.equal(again.json.error.code, 'ALLOCATION_UNKNOWN')
})

t.test('shows a new secret once, and logs that without it', async (t) => {
  const { post, logged } = await startAdmin(t)
  const { status, json, headers } = await post('/api/admin/turn/secret')
  t.equal(status, 200)
  t.same(json, { secret: 'the secret of tomorrow', apiKey: 'the key' })
  t.equal(headers['cache-control'], 'no-store')
  t.match(logged.at(-1)?.message, /made a new TURN secret/)
  t.notMatch(JSON.stringify(logged), /tomorrow|the key/)
})

t.test('a secret of the configuration file is changed there', async (t) => {
  const { post } = await startAdmin(t, () => {
    const facts = busyTurn(NOW_MS)
    return { ...facts, secrets: { ...facts.secrets, origin: 'config' } }
  })
  const { status, json } = await post('/api/admin/turn/secret')
  t.equal(status, 409)
  t.match(json.error, { code: 'TURN_SECRET_FIXED', message: /turn\.static_auth_secret/ })
})

t.test('retires a previous secret, except one of the configuration file', async (t) => {
  const { remove } = await startAdmin(t)
  const { status, json } = await remove('/api/admin/turn/previous-secrets/s1')
  t.equal(status, 200)
  t.equal(json.secrets.previous.length, 1)
  t.equal((await remove('/api/admin/turn/previous-secrets/s1')).status, 404)
  t.equal((await remove('/api/admin/turn/previous-secrets/c1')).status, 404)
})

t.test('shows the secret of today for the password, and slows guessing', async (t) => {
  const { post, logged } = await startAdmin(t)
  const reveal = (password: unknown) => post('/api/admin/turn/secret/reveal', { password })
  t.same((await reveal(PASSWORD)).json, { secret: 'the secret of today', apiKey: 'the key' })
  t.match(logged.at(-1)?.message, /looked at the TURN secret/)
  t.equal((await reveal(7)).status, 400)
  const answers = []
  for (let n = 0; n < 11; n++) answers.push(await reveal(`guess ${n}`))
  t.equal(answers[0]?.json.error.code, 'PASSWORD_WRONG')
  t.equal(answers.at(-1)?.status, 429)
  t.equal((await reveal(PASSWORD)).status, 429, 'even the right one has to wait')
})
