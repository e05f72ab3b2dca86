import type { Page } from 'playwright-core'
import t from 'tap'
import { launchChromium } from '../../../scripts/test/chromium.ts'
import { openScene, setUp, whySkip as skip, text, withoutBarriers } from './admin-scene.ts'
import { PASSWORD } from './harness.ts'
import { busyPoint, quietPoint, quietStatus } from './sample-status.ts'

t.setTimeout(600_000)

const browser = skip ? undefined : await launchChromium()
t.teardown(() => browser?.close())

t.test('leads from the set-up link to live figures, and down to zero', { skip }, async (t) => {
  const scene = await openScene(t, browser)
  const { page, harness, sampler } = scene
  await setUp(scene)
  t.equal(new URL(page.url()).search, '', 'the code is not left in the address bar')

  await text(page, 'tile-people', /3\s*in 1 call/)
  await text(page, 'tile-tracks', /4\s*3 microphone, 1 screen/)
  await text(page, 'tile-in', /2\.4 Mbit\/s/)
  await text(page, 'tile-out', /4\.9 Mbit\/s/)
  await text(page, 'tile-cpu', /38 %\s*load 0\.84 on 2 cores/)
  await text(page, 'tile-turn', /2\s*1 UDP, 1 TCP, 0 TLS/)
  await text(page, 'tile-memory', /26 %\s*2\.1 GB of 8\.0 GB/)
  await text(page, 'room', /stand-up[\s\S]*Ada Lovelace\s*Excellent[\s\S]*Direct, UDP/)
  await text(page, 'room', /Grace Hopper\s*Poor\s*Microphone \(muted\)[\s\S]*TURN over TCP/)
  await text(page, 'verdict', /Grace Hopper loses 4\.2 %[\s\S]*Ask for a cable/)
  await text(page, 'kernel-buffers', /rmem_max=16777216[\s\S]*callbox tune --apply/)
  await text(page, 'connection', /Live/)

  sampler.point = quietPoint
  sampler.status = quietStatus
  await text(page, 'tile-people', /0\s*in 0 calls/)
  await text(page, 'tile-tracks', /0\s*0 published/)
  await page.getByTestId('no-rooms').waitFor()
  t.equal(await page.getByTestId('room').count(), 0)
  t.equal(await page.getByTestId('kernel-buffers').count(), 0)

  await text(page, 'verdict', /Everything works: media, turn, web/)
  t.same(scene.complaints, [], 'nothing was refused by the content security policy')
  t.equal(harness.ui.setupLink(), undefined)
})

t.test('charts move with the figures, and each has its table', { skip }, async (t) => {
  const scene = await openScene(t, browser)
  const { page, sampler } = scene
  await setUp(scene)
  for (const id of ['cpu', 'bandwidth', 'tracks', 'people']) {
    await page.getByTestId(`chart-${id}`).scrollIntoViewIfNeeded()
    const before = await drawingOf(page, id)
    sampler.point = sampler.point === busyPoint ? quietPoint : busyPoint
    await redrawn(page, id, before)
    const card = page.getByTestId(`chart-${id}`)
    await card.getByRole('button', { name: /Show as table/ }).click()
    t.ok((await card.getByRole('row').count()) > 1, `${id} has a table`)
    await card.getByRole('button', { name: /Show as chart/ }).click()
    await card.getByRole('img').waitFor()
  }
  await text(page, 'chart-tracks', /the last 10 minutes: At most: Microphone 3, Screen 1\./)
})

t.test('makes a join link and copies it', { skip }, async (t) => {
  const scene = await openScene(t, browser)
  const { page, harness } = scene
  await setUp(scene)
  await page.getByRole('button', { name: 'Create join link' }).click()
  await page.getByRole('button', { name: 'Create link' }).click()
  await page.getByText('Name the room.').waitFor()
  await page.getByLabel('Room').fill('garden party')
  await page.keyboard.press('Enter')
  const url = await page.getByRole('textbox', { name: 'Join link' }).inputValue()
  t.equal(url, `${harness.origin}/call/garden%20party?token=invite-to-garden%20party`)
  await page.getByRole('button', { name: 'Copy link' }).click()
  await page.getByRole('button', { name: 'Copied' }).waitFor()
  t.equal(await page.evaluate('navigator.clipboard.readText()'), url)
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
})

t.test(
  'says when the figures are old, and goes on when the server is back',
  { skip },
  async (t) => {
    const scene = await openScene(t, browser)
    const { page, harness, sampler } = scene
    await setUp(scene)
    sampler.isSilent = true
    await text(page, 'stale', /The server has sent nothing since \d\d:\d\d:\d\d/)
    await text(page, 'connection', /Not live/)
    t.equal(await page.getByTestId('verdict').count(), 0, 'old health is not shown as health')
    sampler.isSilent = false
    await text(page, 'connection', /^\s*Live/)

    await harness.goAway()
    await text(page, 'stale', /sent nothing since/)
    await page.getByText(/Trying again in \d s\./).waitFor()
    await harness.comeBack()
    await page.getByRole('button', { name: 'Try now' }).click()
    await text(page, 'connection', /^\s*Live/)
    t.equal(await page.getByTestId('stale').count(), 0)
  },
)

t.test('logs out and in again, and tells a wrong password', { skip }, async (t) => {
  const scene = await openScene(t, browser)
  const { page, harness } = scene
  await setUp(scene)
  await page.getByRole('button', { name: 'Log out' }).click()
  await page.getByText('You are logged out.').waitFor()
  await page.reload()
  t.equal(await page.getByRole('heading').textContent(), 'Log in', 'also after a reload')
  await page.getByLabel('Password', { exact: true }).fill('not the password')
  await page.keyboard.press('Enter')
  await page.getByText('That name or password is not right.').waitFor()
  t.equal(await page.getByLabel('Password', { exact: true }).getAttribute('aria-invalid'), 'true')
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.keyboard.press('Enter')
  await text(page, 'connection', /Live/)

  harness.clock.nowMs += 12 * 3_600_000
  await page.getByText('Your log-in has ended. Log in again to go on.').waitFor()
  await page.goto(`${harness.origin}/admin/setup?code=used`)
  await page.getByText(/the set-up link works once/).waitFor()
  t.equal(await page.getByTestId('tile-people').count(), 0)
})

for (const colorScheme of ['light', 'dark'] as const) {
  t.test(`has no barriers that axe finds, ${colorScheme}`, { skip }, async (t) => {
    const scene = await openScene(t, browser, { colorScheme })
    const { page, harness, sampler } = scene
    await page.goto(`${harness.origin}/admin`)
    await page.getByText('Check again').waitFor()
    await withoutBarriers(t, page, 'no link yet')
    await page.goto(harness.ui.setupLink() ?? '')
    await page.getByLabel('New admin password').fill('short')
    await page.keyboard.press('Enter')
    await page.getByText('this one has 5').waitFor()
    await withoutBarriers(t, page, 'set-up')
    await setUp(scene)
    await withoutBarriers(t, page, 'dashboard')
    for (const id of ['cpu', 'tracks']) {
      const card = page.getByTestId(`chart-${id}`)
      await card.getByRole('button', { name: /Show as table/ }).click()
    }
    await withoutBarriers(t, page, 'tables')
    await page.setViewportSize({ width: 360, height: 740 })
    await withoutBarriers(t, page, 'phone')
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), 360, 'fits a phone')
    await page.getByRole('button', { name: 'Create join link' }).click()
    await withoutBarriers(t, page, 'dialog')
    await page.keyboard.press('Escape')
    sampler.isSilent = true
    await page.getByTestId('stale').waitFor()
    await withoutBarriers(t, page, 'stale')
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByLabel('Password', { exact: true }).waitFor()
    await withoutBarriers(t, page, 'log-in')
    await page.goto(harness.origin)
    await withoutBarriers(t, page, 'front door')
  })
}

function drawingOf(page: Page, id: string): Promise<string> {
  return page.evaluate(`document.querySelector('[data-testid=chart-${id}] canvas').toDataURL()`)
}

/** Waits until a chart looks different; Playwright's own wait needs `eval`, which the page forbids. */
async function redrawn(page: Page, id: string, before: string): Promise<void> {
  while ((await drawingOf(page, id)) === before) {
    await page.evaluate('new Promise((resolve) => requestAnimationFrame(resolve))')
  }
}
