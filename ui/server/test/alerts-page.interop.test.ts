import t, { type Test } from 'tap'
import type { AlertDetails } from '#api'
import { launchChromium } from '../../../scripts/test/chromium.ts'
import {
  openPart,
  openScene,
  type Scene,
  type SceneOptions,
  setUp,
  whySkip as skip,
  text,
  withoutBarriers,
} from './admin-scene.ts'
import { calmAlerts, firingAlerts, type ScriptedAlerts, scriptedAlerts } from './sample-alerts.ts'

t.setTimeout(300_000)

const browser = skip ? undefined : await launchChromium()
t.teardown(() => browser?.close())

type AlertScene = Scene & {
  readonly alerts: ScriptedAlerts
  facts: (atMs: number) => AlertDetails
}

/** Alerts whose facts the test changes, and the page that shows them. */
async function openAlerts(t: Test, colorScheme: SceneOptions['colorScheme'] = 'light') {
  let nowMs = () => 0
  const alerts = scriptedAlerts(() => scene.facts(nowMs()))
  const base = await openScene(t, browser, { colorScheme, deps: { alerts } })
  const scene: AlertScene = { ...base, alerts, facts: firingAlerts }
  nowMs = () => base.harness.clock.nowMs
  await setUp(scene)
  await openPart(scene.page, 'Alerts')
  await scene.page.getByTestId('alerts-summary').waitFor()
  return scene
}

t.test('shows what fires, silences it, and sends a test', { skip }, async (t) => {
  const scene = await openAlerts(t)
  const { page, alerts, complaints } = scene
  t.equal(new URL(page.url()).pathname, '/admin/alerts')
  t.equal(await page.title(), 'Alerts – Callbox')
  await text(page, 'alerts-summary', /1 alert fires, 1 more is silenced\./)
  await text(page, 'rule-worker', /Critical[\s\S]*1 in the last 10 minutes[\s\S]*for 2 min/)
  await text(page, 'rule-disk', /Silenced[\s\S]*Silent until/)
  await text(page, 'rule-loss', /Soon[\s\S]*5\.1 %/)
  await text(page, 'rule-udp-errors', /Fine[\s\S]*Fires when: any in the last minute/)
  t.match(await page.locator('.rule h3').allInnerTexts(), [
    'A worker process died',
    'The disk is almost full',
    'Packets are lost',
    'The kernel drops UDP packets',
  ])
  await text(page, 'channel-Mattermost', /Works[\s\S]*chat\.example\.org[\s\S]*taken \(200\)/)
  await text(page, 'channel-E-mail', /Fails[\s\S]*refuses the user or the password/)
  await text(page, 'events', /Fired: A worker process died[\s\S]*told by Mattermost; not by E-mail/)

  await page.getByLabel('Silence: A worker process died').selectOption('480')
  await page.getByRole('button', { name: 'End silence: The disk is almost full' }).click()
  await page.getByRole('button', { name: 'Send a test' }).click()
  await text(page, 'test-answers', /not taken by E-mail: nothing listens there\./)
  t.same(alerts.asked, [{ id: 'worker', minutes: 480 }, { id: 'disk', minutes: 0 }, 'test'])

  scene.facts = calmAlerts
  await text(page, 'alerts-summary', /Nothing fires\./)
  await text(page, 'channels', /alerts\.mattermost_webhooks/)
  await text(page, 'events', /Nothing has fired yet/)
  t.same(complaints, [])
})

for (const colorScheme of ['light', 'dark'] as const) {
  t.test(`has no barriers that axe finds, ${colorScheme}`, { skip }, async (t) => {
    const scene = await openAlerts(t, colorScheme)
    const { page } = scene
    for (const [name, facts] of Object.entries({ firingAlerts, calmAlerts })) {
      scene.facts = facts
      await page.setViewportSize({ width: 1280, height: 800 })
      await page.reload()
      await page.getByTestId('alerts-summary').waitFor()
      await withoutBarriers(t, page, name)
      await page.setViewportSize({ width: 360, height: 740 })
      t.equal(await page.evaluate('document.documentElement.scrollWidth'), 360, 'fits a phone')
    }
    const { CALLBOX_SCREENSHOTS: folder } = process.env
    if (folder === undefined) return
    scene.facts = firingAlerts
    await page.reload()
    await page.getByTestId('rule-worker').waitFor()
    await page.screenshot({ path: `${folder}/alerts-${colorScheme}-phone.png`, fullPage: true })
    await page.setViewportSize({ width: 1280, height: 800 })
    await page.screenshot({ path: `${folder}/alerts-${colorScheme}.png`, fullPage: true })
  })
}
