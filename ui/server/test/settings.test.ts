import t from 'tap'
import { startHarness, storeWithPassword } from './harness.ts'
import { savedOnce, scriptedSettings } from './sample-settings.ts'

const ROOT = '/api/admin/settings'
const VALUES = { values: { 'log.level': 'debug', 'turn.allowed_peers': ['10.0.0.0/8'], x: null } }

async function startAdmin(t: import('tap').Test) {
  const settings = scriptedSettings()
  const harness = await startHarness(t, { adminStore: storeWithPassword(), settings })
  const { cookie, csrf } = await harness.logIn()
  const headers = { cookie, origin: harness.origin, 'x-csrf-token': csrf }
  const change = (path: string, body: object = {}) => harness.post(path, body, headers)
  return { ...harness, settings, cookie, csrf, change }
}

t.test('only a logged-in page of ours sees or changes settings', async (t) => {
  const { send, post, settings, cookie, csrf } = await startAdmin(t)
  t.equal((await send('GET', ROOT)).status, 401)
  const answer = await send('GET', ROOT, { headers: { cookie } })
  t.same(answer.json, JSON.parse(JSON.stringify(savedOnce)))
  t.equal(answer.headers['cache-control'], 'no-store')
  const paths = [ROOT, `${ROOT}/preview`, `${ROOT}/versions/1/restore`, '/api/admin/restart']
  for (const path of paths) {
    t.equal((await post(path, VALUES)).status, 401, `${path} without a log-in`)
    t.equal((await post(path, VALUES, { cookie })).status, 403, `${path} without the token`)
    const foreign = { cookie, 'x-csrf-token': csrf, origin: 'https://elsewhere.example' }
    t.equal((await post(path, VALUES, foreign)).status, 403, `${path} from another site`)
  }
  t.same(settings.asked, [])
  const without = await startHarness(t)
  t.equal((await without.send('GET', ROOT)).status, 404)
  t.equal((await without.post('/api/admin/restart', {})).status, 404)
})

t.test('hands on what the page asks for, and notes it in the log', async (t) => {
  const { change, settings, logged } = await startAdmin(t)
  t.same((await change(`${ROOT}/preview`, VALUES)).json, settings.answer)
  settings.outcome = {
    ok: true,
    changes: [{ path: 'log.level', before: 'info', after: 'debug', live: true }],
  }
  t.equal((await change(ROOT, VALUES)).json.file, savedOnce.file)
  t.equal((await change(ROOT, { ...VALUES, restart: true })).status, 200)
  t.equal((await change(`${ROOT}/versions/1800000000000/restore`)).status, 200)
  t.equal((await change('/api/admin/restart')).status, 200)
  const { values } = VALUES
  t.same(settings.asked, [
    { preview: values },
    { save: values, by: 'admin' },
    { save: values, by: 'admin' },
    { restart: 'admin' },
    { restore: '1800000000000', by: 'admin' },
    { restart: 'admin' },
  ])
  const lines = logged.filter(
    ({ level, message }) => level === 'info' && /saved|settings|restart/.test(message),
  )
  t.same(
    lines.map(({ message }) => message),
    [
      'saved log.level',
      'saved log.level',
      'restarted the appliance',
      'went back to earlier settings: log.level',
      'restarted the appliance',
    ],
  )
})

t.test('says in words why not, and restarts nothing then', async (t) => {
  const { change, settings } = await startAdmin(t)
  settings.outcome = { ok: false, message: 'turn.port 0: it takes a port.', problems: [] }
  const { status, json } = await change(ROOT, { ...VALUES, restart: true })
  t.equal(status, 422)
  t.match(json.error, { code: 'SETTINGS_REFUSED', message: /it takes a port/ })
  t.notMatch(settings.asked, [{}, { restart: 'admin' }])
})

t.test('takes nothing that no option could be', async (t) => {
  const { change, settings } = await startAdmin(t)
  const odd: object[] = [
    {},
    { values: 5 },
    { values: { a: { b: { c: 1 } } } },
    { values: { a: [[1]] } },
    { values: { a: 'x'.repeat(8193) } },
    { values: { a: Array.from({ length: 1001 }, () => 'x') } },
    { values: Object.fromEntries(Array.from({ length: 201 }, (_, n) => [`o${n}`, 1])) },
    { values: { ['x'.repeat(201)]: 1 } },
    { values: {}, more: true },
    { values: {}, restart: 'yes' },
    JSON.parse('{ "values": { "turn.static_users": { "__proto__": "0123456789abcdef" } } }'),
    JSON.parse('{ "values": { "__proto__": 1 } }'),
  ]
  for (const body of odd) {
    t.equal((await change(ROOT, body)).status, 400, JSON.stringify(body).slice(0, 60))
  }
  t.equal((await change(ROOT, { values: { a: 'x'.repeat(70_000) } })).status, 413)
  t.same(settings.asked, [])
})
