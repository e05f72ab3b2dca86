import { readFile } from 'node:fs/promises'
import t, { type Test } from 'tap'
import { launchChromium } from '../../../scripts/test/chromium.ts'
import {
  openScene,
  type Scene,
  type SceneOptions,
  setUp,
  whySkip as skip,
  text,
  withoutBarriers,
} from './admin-scene.ts'
import { callDetails, callList, endedDetails, scriptedCalls } from './sample-calls.ts'

t.setTimeout(300_000)

const browser = skip ? undefined : await launchChromium()
t.teardown(() => browser?.close())

/** Calls whose facts the test changes, and the page that lists them. */
async function openCalls(t: Test, colorScheme: SceneOptions['colorScheme'] = 'light') {
  const facts = { details: callDetails, list: callList }
  const nowMs = () => base.harness.clock.nowMs
  const calls = scriptedCalls(
    () => facts.details(nowMs()),
    () => facts.list(nowMs()),
  )
  const base: Scene = await openScene(t, browser, { colorScheme, deps: { calls } })
  await setUp(base)
  await base.page.goto(`${base.harness.origin}/admin/calls`)
  await base.page.getByTestId('running').waitFor()
  return { ...base, facts, calls }
}

t.test('lists the calls, the unhappy ones first, and opens one', { skip }, async (t) => {
  const { page, complaints } = await openCalls(t)
  await text(page, 'finding', /Warning: Ben Baxter loses 7 %[\s\S]*use a cable/)
  await text(page, 'ended', /yesterday[\s\S]*12 people[\s\S]*5 min/)
  const first = page.getByTestId('running').getByTestId('call').first()
  await first
    .filter({ hasText: /stand-up[\s\S]*3 people[\s\S]*1 person is badly connected/ })
    .waitFor()
  await first.getByRole('link').click()
  await page.getByTestId('participants').waitFor()
  t.equal(new URL(page.url()).pathname, '/admin/calls/stand-up')
  t.equal(await page.title(), 'stand-up – Calls – Callbox')
  await page.reload()
  await text(page, 'call-state', /Running[\s\S]*3 people · for 10 min/)
  await page.getByRole('link', { name: 'All calls' }).click()
  await page.getByTestId('running').getByRole('link', { name: 'garden/party' }).click()
  await text(page, 'calls-problem', /There is no such call/)
  t.equal(new URL(page.url()).pathname, '/admin/calls/garden%2Fparty')
  t.same(
    complaints.filter((line) => !line.includes('404')),
    [],
    'nothing was refused by the content security policy',
  )
})

async function openStandUp(t: Test, colorScheme: SceneOptions['colorScheme'] = 'light') {
  const scene = await openCalls(t, colorScheme)
  await scene.page.getByRole('link', { name: 'stand-up' }).first().click()
  await scene.page.getByTestId('participants').waitFor()
  return scene
}

t.test(
  'says of each person and track how it fares, and who gets what from whom',
  { skip },
  async (t) => {
    const { page } = await openStandUp(t)
    const person = (name: string) => page.getByTestId('person').filter({ hasText: name })
    const bens = person('Ben Baxter')
    const row = bens.locator('.person-row')
    await row
      .filter({
        hasText: /Poor[\s\S]*Relayed, TURN over TLS[\s\S]*203\.0\.113\.24[\s\S]*bad: 7\.4 %/,
      })
      .waitFor()
    await row.filter({ hasText: /Loss up to 7\.4 %/ }).waitFor()
    const screen = bens.getByTestId('track').filter({ hasText: 'Screen' })
    await screen
      .filter({ hasText: /VP8[\s\S]*1\.5 Mbit\/s[\s\S]*6 of 10[\s\S]*Froze 2 times, 8 s/ })
      .waitFor()
    await person('carol')
      .filter({ hasText: /Not measured[\s\S]*Not connected yet/ })
      .waitFor()
    const annas = person('Anna Archer')
    t.equal(await annas.getByTestId('received').count(), 0)
    await annas.getByRole('button', { name: /Receives 2 tracks/ }).click()
    await annas
      .getByTestId('received')
      .filter({ hasText: /Microphone of Ben Baxter[\s\S]*Flows/ })
      .waitFor()
    await annas
      .getByTestId('received')
      .filter({ hasText: /Screen of Ben Baxter[\s\S]*Paused/ })
      .waitFor()
    await page.getByLabel('Show what happened to').selectOption({ label: 'Ben Baxter' })
    t.match(await page.getByTestId('event').allInnerTexts(), [
      /Loss[\s\S]*Ben Baxter lost 7 %/,
      /Path[\s\S]*relayed by TURN/,
      /Joined/,
    ])
  },
)

t.test('mutes, removes and ends after asking by name', { skip }, async (t) => {
  const { page, calls, facts } = await openStandUp(t)
  const dialog = page.getByRole('dialog')
  await page.getByRole('button', { name: 'Mute Screen, VP8 of Ben Baxter' }).click()
  await dialog.getByRole('heading', { name: 'Mute the screen of Ben Baxter?' }).waitFor()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  t.same(calls.asked, [])
  await page.getByRole('button', { name: /^Mute Microphone, opus of Anna/ }).click()
  await dialog.getByRole('button', { name: 'Mute Anna Archer' }).click()
  await dialog.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Remove Ben Baxter' }).click()
  await dialog.getByRole('button', { name: 'Remove Ben Baxter' }).click()
  await dialog.waitFor({ state: 'detached' })
  facts.details = endedDetails
  await page.getByRole('button', { name: 'End the call …' }).waitFor({ state: 'detached' })
  facts.details = callDetails
  await page.reload()
  await page.getByRole('button', { name: 'End the call …' }).click()
  await dialog.getByText('at once for 3 people').waitFor()
  facts.details = endedDetails
  await dialog.getByRole('button', { name: 'End the call', exact: true }).click()
  await text(page, 'call-state', /Ended .*, after 9 min/)
  await text(page, 'participants', /Everybody has left/)
  t.same(calls.asked, [
    { mute: ['stand-up', 'TR_anna'] },
    { remove: ['stand-up', 'ben'] },
    { end: 'stand-up' },
  ])
  const waiting = page.waitForEvent('download')
  await page.getByTestId('record').click()
  const file = await (await waiting).path()
  t.same(JSON.parse(await readFile(file, 'utf8')), { call: 'stand-up' })
})

t.test('a viewer is shown everything and nothing to press, and why', { skip }, async (t) => {
  const { page } = await openCalls(t)
  await page.route('**/api/admin/session', async (route) => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, json: { ...(await answer.json()), role: 'viewer' } })
  })
  await page.reload()
  await page.getByRole('link', { name: 'stand-up' }).first().click()
  await text(page, 'viewer', /You are a viewer/)
  await page.getByTestId('person').first().waitFor()
  t.equal(await page.getByRole('button', { name: /^(Mute|Remove|End)/ }).count(), 0)
  await page.getByTestId('record').waitFor()
})

for (const colorScheme of ['light', 'dark'] as const) {
  t.test(`has no barriers that axe finds, ${colorScheme}`, { skip }, async (t) => {
    const { page } = await openCalls(t, colorScheme)
    const fitsPhone = async (where: string) => {
      await page.setViewportSize({ width: 360, height: 740 })
      await withoutBarriers(t, page, `${where} on a phone`)
      t.equal(await page.evaluate('document.documentElement.scrollWidth'), 360, 'fits a phone')
      await page.setViewportSize({ width: 1280, height: 800 })
    }
    await withoutBarriers(t, page, 'the list')
    await fitsPhone('the list')
    await page.getByRole('link', { name: 'stand-up' }).first().click()
    for (const button of await page.getByRole('button', { name: /Receives/ }).all()) {
      await button.click()
    }
    await withoutBarriers(t, page, 'a call')
    await fitsPhone('a call')
    await page.getByRole('button', { name: 'Remove Ben Baxter' }).click()
    await page.getByRole('dialog').waitFor()
    await withoutBarriers(t, page, 'a question')
  })
}
