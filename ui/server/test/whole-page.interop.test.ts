import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { launchChromium } from '../../../scripts/test/chromium.ts'
import { openScene, whySkip as skip, text, withoutBarriers } from './admin-scene.ts'
import { everyPart } from './every-part.ts'
import { PASSWORD } from './harness.ts'

t.setTimeout(300_000)

const browser = skip ? undefined : await launchChromium()
t.teardown(() => browser?.close())

/** Every part: its address, and what of it a viewer may press. */
const PARTS = [
  {
    path: '',
    mayPress: /^(Live|1 h|6 h|24 h|7 days|31 days|Earlier|Later|Zoom|Back|CSV|PNG|Show|Print|Copy)/,
  },
  { path: '/calls', mayPress: undefined },
  { path: '/calls/stand-up', mayPress: /^[▸▾] Receives/ },
  { path: '/alerts', mayPress: undefined },
  { path: '/turn', mayPress: /^(User|Client|Over|From client|To client|Relayed|For)/ },
  { path: '/connect', mayPress: /^Copy/ },
  { path: '/settings', mayPress: undefined },
  { path: '/certificate', mayPress: undefined },
  { path: '/kernel', mayPress: undefined },
  { path: '/users', mayPress: /^(Change password|Use one-time codes|End|Log out)/ },
] as const

/** What changes something when it is filled in; a viewer has a search, a choice of what to show, and a reminder of their own. */
const FIELDS = `[...document.querySelectorAll('main :is(input, select, textarea):enabled:not([readonly])')]
  .filter(({ type, ariaLabel }) => !['search', 'checkbox'].includes(type) && !ariaLabel?.startsWith('Show'))
  .map(({ outerHTML }) => outerHTML.slice(0, 80))`

async function openAs(t: Test, name: string) {
  const deps = everyPart()
  const scene = await openScene(t, browser, { deps })
  const { page, harness } = scene
  await page.goto(`${harness.origin}/admin`)
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.keyboard.press('Enter')
  await page.getByTestId('tile-people').waitFor()
  const open = async (path: string) => {
    await page.goto(`${harness.origin}/admin${path}`)
    await page.locator('main .card').first().waitFor()
  }
  return { ...scene, deps, open }
}

t.test(
  'a viewer sees every part, and nowhere a button that is not for them',
  { skip },
  async (t) => {
    const { page, open, deps, complaints } = await openAs(t, 'vera')
    for (const { path, mayPress } of PARTS) {
      await open(path)
      await text(page, 'viewer', /You are a viewer: you can look/)
      const live = await page.locator('main').getByRole('button', { disabled: false }).all()
      for (const button of live) {
        const name =
          (await button.textContent())?.trim() || (await button.getAttribute('aria-label'))
        t.match(name, mayPress ?? /nothing/, `${path}: ${name}`)
      }
      const changing = await page.evaluate(FIELDS)
      t.same(changing, [], `${path} has no field to change`)
    }
    for (const part of [
      deps.alerts,
      deps.calls,
      deps.connect,
      deps.kernel,
      deps.settings,
      deps.turn,
    ])
      t.same(part.asked, [])
    t.same(complaints, [])
  },
)

t.test(
  'each part fits a phone, with nothing over it that was not asked for',
  { skip },
  async (t) => {
    const { page, open } = await openAs(t, 'admin')
    for (const { path } of PARTS) {
      await page.setViewportSize({ width: 1280, height: 800 })
      await open(path)
      t.equal(await page.getByRole('heading', { name: 'Keyboard shortcuts' }).isVisible(), false)
      t.equal(await page.getByRole('heading', { level: 1 }).count(), 1, 'one title')
      await page.setViewportSize({ width: 360, height: 740 })
      t.equal(await page.evaluate('document.documentElement.scrollWidth'), 360, `${path} fits`)
    }
  },
)

t.test('the keyboard reaches everything in each part, and gets out again', { skip }, async (t) => {
  const { page, open } = await openAs(t, 'admin')
  for (const { path } of PARTS) {
    await open(path)
    t.same(await unreached(page), [], path)
  }
})

t.test('after a dialog the keyboard is where it was, or on the page', { skip }, async (t) => {
  const { page, open } = await openAs(t, 'admin')
  await open('/turn')
  const focused = () =>
    page.evaluate('document.activeElement.ariaLabel ?? document.activeElement.tagName')
  await page.getByRole('button', { name: 'Disconnect ada' }).click()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  t.equal(await focused(), 'Disconnect ada')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Disconnect', exact: true }).click()
  await page.getByRole('button', { name: 'Disconnect ada' }).waitFor({ state: 'detached' })
  await page.locator('main:focus').waitFor()
  t.pass('its row is gone: on the page')
})

t.test('a viewer’s pages have no barriers that axe finds', { skip }, async (t) => {
  const { page, open } = await openAs(t, 'vera')
  for (const path of ['/alerts', '/connect', '/kernel', '/calls/stand-up']) {
    await open(path)
    await withoutBarriers(t, page, path)
  }
})

/** What could be pressed or filled in on the page, and a walk with the Tab key did not come to. */
async function unreached(page: Page): Promise<string[]> {
  await page.evaluate(`{
    globalThis.reached = new WeakSet()
    globalThis.rounds = 0
    document.addEventListener('focusin', ({ target }) => {
      if (target.matches('.skip-link')) globalThis.rounds++
      globalThis.reached.add(target)
    })
  }`)
  for (let presses = 0; presses < 250; presses++) {
    await page.keyboard.press('Tab')
    if (presses > 5 && (await page.evaluate<number>('globalThis.rounds')) > 1) break
  }
  return page.evaluate(`[...document.querySelectorAll('main :is(a, button, input, select, textarea, summary)')]
    .filter((each) => each.checkVisibility() && !each.disabled && each.tabIndex >= 0 && !globalThis.reached.has(each))
    .map(({ outerHTML }) => outerHTML.slice(0, 80))`)
}
