import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import type { Test } from 'tap'
import type { HistoryPoint, Status } from '#api'
import { needs } from '../../../scripts/test-needs.ts'
import type { UiDeps } from '../deps.ts'
import { type Harness, PASSWORD, setupCodeOf, startHarness } from './harness.ts'
import { busyPoint, busyStatus, quietPoint } from './sample-status.ts'

const WEB_ROOT = join(import.meta.dirname, '../../../dist/web')
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const BEAT_MS = 250

/** Why tests of the built admin page cannot run here, `false` when they can. */
export const whySkip =
  needs('chromium') ||
  (!existsSync(join(WEB_ROOT, 'admin.html')) && 'needs the built pages (npm run build:web)')

/** What the scripted sampler says each beat. */
export type Sampler = {
  point: (atMs: number) => HistoryPoint
  status: (atMs: number) => Status
  isSilent: boolean
}

/** A server, a page that looks at it, and what the browser complained of. */
export type Scene = Readonly<{
  harness: Harness
  page: Page
  sampler: Sampler
  complaints: string[]
}>

/** What a scene may have besides. */
export type SceneOptions = Readonly<{ colorScheme?: 'light' | 'dark'; deps?: Partial<UiDeps> }>

/** A fresh server whose sampler beats, and a fresh browser profile that looks at it. */
export async function openScene(
  t: Test,
  browser: Browser | undefined,
  { colorScheme = 'light', deps = {} }: SceneOptions = {},
): Promise<Scene> {
  const sampler: Sampler = { point: busyPoint, status: busyStatus, isSilent: false }
  const nowMs = () => harness.clock.nowMs
  const harness: Harness = await startHarness(t, {
    webRoot: WEB_ROOT,
    status: () => sampler.status(nowMs()),
    history: () => Array.from({ length: 60 }, (_, n) => quietPoint(nowMs() - (60 - n) * 1000)),
    ...deps,
  })
  const beat = setInterval(() => {
    harness.clock.nowMs += 1000
    if (!sampler.isSilent) harness.tick(sampler.point(nowMs()))
  }, BEAT_MS)
  t.teardown(() => clearInterval(beat))
  if (!browser) throw new Error('tests without a browser are skipped')
  const context = await browser.newContext({
    colorScheme,
    viewport: { width: 1280, height: 800 },
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  t.teardown(() => context.close())
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  return { harness, page, sampler, complaints }
}

/** Goes through the set-up link to the dashboard. */
export async function setUp({ harness, page }: Scene): Promise<void> {
  await page.goto(`${harness.origin}/admin/setup?code=${setupCodeOf(harness.ui)}`)
  await page.getByLabel('New admin password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Set password' }).click()
  await page.getByTestId('tile-people').waitFor()
}

/** Goes to a part by the navigation; other links to it may be on the page. */
export async function openPart(page: Page, label: string): Promise<void> {
  await page
    .getByRole('navigation', { name: 'Admin' })
    .getByRole('link', { name: label, exact: true })
    .click()
}

/** Waits until an element says what it should. */
export async function text(page: Page, testId: string, wanted: RegExp): Promise<void> {
  await page.getByTestId(testId).filter({ hasText: wanted }).waitFor()
}

/** Holds when axe finds no barrier on the page as it is. */
export async function withoutBarriers(t: Test, page: Page, where: string): Promise<void> {
  await page.evaluate(AXE)
  const found = await page.evaluate(
    `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map((node) => node.html).join(' ')))`,
  )
  t.same(found, [], where)
}
