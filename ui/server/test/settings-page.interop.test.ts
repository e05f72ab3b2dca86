import t, { type Test } from 'tap'
import { launchChromium } from '../../../scripts/test/chromium.ts'
import {
  openPart,
  openScene,
  type SceneOptions,
  setUp,
  whySkip as skip,
  text,
  withoutBarriers,
} from './admin-scene.ts'
import { savedOnce, scriptedSettings, waiting } from './sample-settings.ts'

t.setTimeout(300_000)

const browser = skip ? undefined : await launchChromium()
t.teardown(() => browser?.close())

async function openSettings(t: Test, colorScheme: SceneOptions['colorScheme'] = 'light') {
  const settings = scriptedSettings()
  const scene = await openScene(t, browser, { colorScheme, deps: { settings } })
  await setUp(scene)
  await openPart(scene.page, 'Settings')
  await scene.page.getByTestId('versions').waitFor()
  return { ...scene, settings }
}

t.test('changes are collected, reviewed and saved', { skip }, async (t) => {
  const { page, settings, complaints } = await openSettings(t)
  t.equal(new URL(page.url()).pathname, '/admin/settings')
  await text(page, 'option-public_address', /Configuration file/)
  await text(page, 'option-web.http_port', /CALLBOX_WEB__HTTP_PORT sets it/)
  t.equal(await page.getByLabel('HTTP port', { exact: true }).isEditable(), false)

  await page.getByLabel('HTTPS port').fill('9443')
  await page.getByLabel('Level').selectOption('debug')
  await page.getByLabel('HTTP redirect').check()
  await page.getByLabel('Allowed peers').fill('10.0.0.0/8\n\n 172.16.0.0/12 \n')
  await page.getByRole('button', { name: 'Set turn.static_users …' }).click()
  await page.getByLabel('New value of turn.static_users').fill('bridge: a-long-enough-password')
  await page.getByRole('button', { name: 'Clear turn.static_auth_secret' }).click()
  await text(page, 'option-turn.static_auth_secret', /It will be cleared/)
  await text(page, 'changes', /6 changes, not saved/)
  await page.getByLabel('HTTP redirect').uncheck()
  await text(page, 'changes', /5 changes, not saved/)

  settings.answer = {
    problems: [{ path: 'web.https_port', message: '9443: it is taken.', fix: 'Choose another.' }],
    changes: [],
    needRestart: [],
  }
  await page.getByRole('button', { name: 'Review 5 changes …' }).click()
  await text(page, 'review-problems', /web\.https_port[\s\S]*it is taken/)
  t.equal(await page.getByRole('button', { name: /^Save/ }).count(), 0)
  await page.getByRole('button', { name: 'Back', exact: true }).click()
  await text(page, 'option-web.https_port', /it is taken\. Choose another/)
  t.equal(await page.getByLabel('HTTPS port').getAttribute('aria-invalid'), 'true')

  settings.answer = {
    problems: [],
    changes: [
      { path: 'web.https_port', before: '8444', after: '9443', live: false },
      { path: 'log.level', before: 'info', after: 'debug', live: true },
    ],
    needRestart: ['web.https_port'],
  }
  await page.getByRole('button', { name: 'Review 5 changes …' }).click()
  await text(page, 'review', /web\.https_port[\s\S]*8444[\s\S]*9443[\s\S]*at once/)
  await page.getByRole('button', { name: 'Save, restart later' }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  const values = {
    'web.https_port': 9443,
    'log.level': 'debug',
    'turn.allowed_peers': ['10.0.0.0/8', '172.16.0.0/12'],
    'turn.static_users': { bridge: 'a-long-enough-password' },
    'turn.static_auth_secret': '',
  }
  t.same(settings.asked.at(-1), { save: values, by: 'admin' })
  t.equal(await page.getByRole('button', { name: /Review/ }).count(), 0)
  t.equal(await page.getByLabel('New value of turn.static_users').count(), 0, 'it is not shown on')
  t.same(complaints, [])
})

t.test(
  'what is not saved outlives other parts and a lost connection, and leaving warns',
  { skip },
  async (t) => {
    const { page, harness } = await openSettings(t)
    await page.getByLabel('Max participants').fill('25')
    await openPart(page, 'TURN')
    await openPart(page, 'Settings')
    t.equal(await page.getByLabel('Max participants').inputValue(), '25')
    await harness.goAway()
    await text(page, 'settings-problem', /What you have changed here is kept/)
    await harness.comeBack()
    await page.getByTestId('settings-problem').waitFor({ state: 'detached' })
    t.equal(await page.getByLabel('Max participants').inputValue(), '25')
    const asked = page.waitForEvent('dialog')
    const leaving = page.close({ runBeforeUnload: true })
    const dialog = await asked
    t.equal(dialog.type(), 'beforeunload')
    await dialog.accept()
    await leaving
  },
)

t.test('says what waits, restarts, and says how that went', { skip }, async (t) => {
  const { page, settings } = await openSettings(t)
  settings.facts = { ...waiting, lastRestart: undefined }
  await page.reload()
  await text(page, 'pending', /not in effect before a restart: web\.https_port/)
  await page.getByRole('button', { name: 'Restart now …' }).click()
  await page.getByText('Everybody in a call is told').waitFor()
  await page.getByRole('button', { name: 'Restart', exact: true }).click()
  await text(page, 'restarting', /goes on by itself/)
  t.same(settings.asked, [{ restart: 'admin' }])
  settings.facts = { ...savedOnce, lastRestart: waiting.lastRestart }
  await text(page, 'restart-problem', /went back[\s\S]*Port 9443\/tcp/)
  t.equal(await page.getByTestId('pending').count(), 0)
})

t.test(
  'goes back to a version, searches, and stays read-only for a viewer',
  { skip },
  async (t) => {
    const { page, settings } = await openSettings(t)
    await page.getByRole('button', { name: /Go back to this/ }).click()
    await page.getByRole('button', { name: 'Go back', exact: true }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    t.same(settings.asked, [{ restore: '1799999999999', by: 'admin' }])
    await page.getByLabel('Search').fill('mattermost turn')
    await page.getByText('0 of 9 options').waitFor()
    await page.getByLabel('Search').fill('max call')
    await page.getByText('1 of 9 options').waitFor()
    await page.getByTestId('option-calls.max_participants').waitFor()

    await page.route('**/api/admin/session', async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, json: { ...(await response.json()), role: 'viewer' } })
    })
    await page.reload()
    await text(page, 'viewer', /You are a viewer/)
    t.equal(await page.getByLabel('HTTPS port').isEditable(), false)
    t.equal(await page.getByRole('button', { name: /Replace|Clear|Go back|longer/ }).count(), 0)
  },
)

for (const colorScheme of ['light', 'dark'] as const) {
  t.test(`has no barriers that axe finds, ${colorScheme}`, { skip }, async (t) => {
    const { page, settings } = await openSettings(t, colorScheme)
    for (const facts of [savedOnce, waiting]) {
      settings.facts = facts
      await page.setViewportSize({ width: 1280, height: 800 })
      await page.reload()
      await page.getByTestId('versions').waitFor()
      await page.locator('summary').first().click()
      await page.getByLabel('Max participants').fill('25')
      await page.getByRole('button', { name: 'Set turn.static_users …' }).click()
      await withoutBarriers(t, page, 'page')
      await page.setViewportSize({ width: 360, height: 740 })
      t.equal(await page.evaluate('document.documentElement.scrollWidth'), 360, 'fits a phone')
    }
    settings.answer = {
      problems: [],
      changes: [{ path: 'web.https_port', before: '8444', after: '9443', live: false }],
      needRestart: ['web.https_port'],
    }
    await page.getByRole('button', { name: /Review/ }).click()
    await page.getByTestId('review').waitFor()
    await withoutBarriers(t, page, 'review')
    const { SCREENSHOTS } = process.env
    if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/settings-${colorScheme}.png` })
  })
}
