import t from 'tap'
import { startHarness, storeWithPassword } from './harness.ts'
import { calmAlerts, firingAlerts, scriptedAlerts } from './sample-alerts.ts'

const NOW_MS = 1_800_000_000_000
const ROOT = '/api/admin/alerts'
const TOKEN = 'a'.repeat(43)

/** A logged-in page that sends what it must. */
async function startAdmin(t: import('tap').Test) {
  const alerts = scriptedAlerts(() => firingAlerts(NOW_MS))
  const harness = await startHarness(t, {
    adminStore: storeWithPassword(),
    alerts,
    apiToken: TOKEN,
  })
  const { cookie, csrf } = await harness.logIn()
  const headers = { cookie, origin: harness.origin, 'x-csrf-token': csrf }
  const change = (path: string, body: object = {}) => harness.post(`${ROOT}/${path}`, body, headers)
  return { ...harness, alerts, cookie, csrf, change }
}

t.test('a page of ours and scripts see the alerts, only the page changes any', async (t) => {
  const { send, post, alerts, cookie, csrf } = await startAdmin(t)
  t.equal((await send('GET', ROOT)).status, 401)
  const facts = JSON.parse(JSON.stringify(firingAlerts(NOW_MS)))
  t.same((await send('GET', ROOT, { headers: { cookie } })).json, facts)
  const script = { authorization: `Bearer ${TOKEN}` }
  t.same((await send('GET', ROOT, { headers: script })).json, facts)
  for (const path of ['test', 'worker/silence']) {
    const to = `${ROOT}/${path}`
    t.equal((await post(to, { minutes: 5 })).status, 401, `${path} without a log-in`)
    t.equal((await post(to, { minutes: 5 }, script)).status, 403, `${path} with a viewer's token`)
    t.equal((await post(to, { minutes: 5 }, { cookie })).status, 403, `${path} without the token`)
    const foreign = { cookie, 'x-csrf-token': csrf, origin: 'https://elsewhere.example' }
    t.equal((await post(to, { minutes: 5 }, foreign)).status, 403, `${path} from another site`)
  }
  t.same(alerts.asked, [])
  const without = await startHarness(t)
  t.equal((await without.send('GET', ROOT)).status, 404)
})

t.test('silences an alert for a time, and sends a test', async (t) => {
  const { change, alerts, logged } = await startAdmin(t)
  t.equal((await change('worker/silence', { minutes: 480 })).json.rules.length, 4)
  t.equal((await change('worker/silence', { minutes: 0 })).status, 200)
  const answer = await change('test')
  t.match(answer.json.answers, [{ channel: 'Mattermost', ok: true }, { ok: false }, { ok: true }])
  t.equal(answer.json.details.channels.length, 3)
  t.same(alerts.asked, [{ id: 'worker', minutes: 480 }, { id: 'worker', minutes: 0 }, 'test'])
  t.match(
    logged.filter(({ message }) => /silence|test/.test(message)),
    [
      { facts: { by: 'admin' }, message: 'silenced the alert worker for 480 minutes' },
      { facts: { by: 'admin' }, message: 'ended the silence of the alert worker' },
      { facts: { action: 'alert.test' }, message: 'sent a test of the alerts' },
    ],
  )
})

t.test('refuses an alert that there is not, and a silence that is none', async (t) => {
  const { change, alerts } = await startAdmin(t)
  t.match(await change('nonsense/silence', { minutes: 5 }), {
    status: 404,
    json: { error: { code: 'ALERT_UNKNOWN' } },
  })
  alerts.asked.length = 0
  for (const minutes of [-1, 40_321, 1.5, '5', null]) {
    t.equal((await change('worker/silence', { minutes })).status, 400, String(minutes))
  }
  t.same(alerts.asked, [])
  t.same(calmAlerts(NOW_MS).channels, [])
})
