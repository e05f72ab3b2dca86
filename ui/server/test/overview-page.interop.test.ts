import { readFile } from 'node:fs/promises'
import type { Download, Page } from 'playwright-core'
import t from 'tap'
import { launchChromium } from '../../../scripts/test/chromium.ts'
import type { SessionStore } from '../deps.ts'
import { openScene, setUp, whySkip as skip, text, withoutBarriers } from './admin-scene.ts'
import { serveSampleHistory } from './sample-history.ts'
import { busyStatus } from './sample-status.ts'

t.setTimeout(600_000)

const browser = skip ? undefined : await launchChromium()
t.teardown(() => browser?.close())

t.test('says what fits, how it goes, what the machine does, and judges it', { skip }, async (t) => {
  const scene = await openScene(t, browser)
  const { page, sampler } = scene
  await setUp(scene)
  await text(page, 'capacity', /Everybody is let in\s*\+640\s*more listeners\s*\+42[\s\S]*\+12/)
  await text(page, 'capacity', /The busiest media worker runs out first\. Measured on this machine/)
  await text(page, 'paths', /2 on IPv4, 0 on IPv6, 1 connecting/)
  await text(page, 'paths', /UDP\s*1 50 %[\s\S]*TURN-TCP\s*1 50 %/)
  await text(page, 'quality', /Loss\s*0\.2 %\s*4\.2 %\s*0 %\s*0\.4 %/)
  await text(
    page,
    'connects',
    /3 of 4 connections came to be \(75.%\)\. Half took no longer than 640.ms/,
  )
  await text(page, 'cores', /Core 1\s*52 %[\s\S]*network interrupts\s*4\.1 %[\s\S]*host\s*1\.2 %/)
  await text(page, 'processes', /Media 101\s*, 1 call\s*31 %\s*44\.0 MB/)
  await text(page, 'relay', /401 no credentials\s*9[\s\S]*2 addresses were refused/)
  await text(page, 'kernel-receive-errors', /17\s*A few/)
  await text(page, 'kernel-conntrack', /180 of 262.144\s*Plenty/)
  await text(
    page,
    'server-facts',
    /calls\.example\.org\s*198\.51\.100\.7\s*set in the configuration/,
  )
  await text(page, 'fact-certificate', /61 days left\s*Valid/)
  await text(page, 'fact-disk', /14\.0 GB free of 20\.0 GB\s*Plenty/)

  const full = (atMs: number) => busyStatus(atMs)
  sampler.status = (atMs) => ({
    ...full(atMs),
    disk: undefined,
    certificateDaysLeft: undefined,
    connects: { attempts: 0, failures: 0, connectMs: undefined },
    kernel: { ...full(atMs).kernel, conntrack: undefined },
    capacity: {
      ...full(atMs).capacity,
      screens: undefined,
      admission: 'no-video',
      reason: 'The server is full: no more screens and cameras.',
      refused: { video: 3, joins: 1 },
    },
  })
  await text(page, 'capacity', /No more screens and cameras[\s\S]*–\s*or screens/)
  await text(
    page,
    'capacity',
    /The server is full:[\s\S]*Refused since the start: 3 videos, 1 person/,
  )
  await text(page, 'kernel-conntrack', /–\s*Not counted/)
  t.match(await page.getByTestId('fact-disk').getAttribute('title'), /does not say/)
  await text(page, 'connects', /Nobody has connected in the last hour/)
})

t.test(
  'all charts show one stretch of time: chosen, zoomed into, and back',
  { skip },
  async (t) => {
    const scene = await openScene(t, browser)
    const { page, harness, complaints } = scene
    const asked = await serveSampleHistory(page)
    await setUp(scene)
    await text(page, 'stretch', /^The last 10 minutes\./)
    const range = page.getByRole('group', { name: 'Time shown' })
    await range.getByRole('button', { name: '24 h' }).click()
    await text(page, 'stretch', /^The last 24 hours\./)
    t.equal(await range.getByRole('button', { name: '24 h' }).getAttribute('aria-pressed'), 'true')
    const [first] = asked
    const span = Number(first?.searchParams.get('to')) - Number(first?.searchParams.get('from'))
    t.equal(span, 86_400_000)
    t.ok(
      Number(first?.searchParams.get('to')) <= harness.clock.nowMs,
      'up to the server’s own time',
    )

    const over = page.getByTestId('chart-people').locator('.u-over')
    await over.scrollIntoViewIfNeeded()
    const box = await over.boundingBox()
    if (!box) throw new Error('the chart is not drawn')
    await page.mouse.move(box.x + box.width * 0.6, box.y + 40)
    const crosshair = page.getByTestId('chart-tracks').locator('.u-cursor-x')
    t.notMatch(await crosshair.getAttribute('style'), /-10px/, 'the crosshairs move in step')
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.7, box.y + 40, { steps: 4 })
    await page.mouse.up()
    await text(page, 'stretch', /^The time from \S+ to \S+/)
    const zoomed = asked.at(-1)?.searchParams
    const part = Number(zoomed?.get('to')) - Number(zoomed?.get('from'))
    t.ok(Math.abs(part / 86_400_000 - 0.1) < 0.03, 'a tenth was dragged out')

    await page.getByRole('button', { name: 'Zoom in' }).focus()
    await page.keyboard.press('Enter')
    const count = () => asked.length
    t.ok(count() >= 3, 'and by keyboard')
    await page.getByRole('button', { name: 'Back' }).click()
    await page.getByRole('button', { name: 'Back' }).click()
    await text(page, 'stretch', /^The last 24 hours\./)
    t.equal(await page.getByRole('button', { name: 'Back' }).getAttribute('aria-disabled'), 'true')
    await range.getByRole('button', { name: 'Live', exact: true }).click()
    await text(page, 'stretch', /^The last 10 minutes\./)
    t.same(complaints, [])
  },
)

t.test('says why there is no longer past', { skip }, async (t) => {
  const scene = await openScene(t, browser)
  const { page } = scene
  await page.route('**/api/admin/history?*', (route) =>
    route.fulfill({ status: 404, json: { error: { code: 'NOT_FOUND', message: 'No history.' } } }),
  )
  await setUp(scene)
  await page.getByRole('button', { name: '7 days' }).click()
  await text(page, 'stretch', /^No history\./)
})

t.test('hands out figures and pictures of what is shown', { skip }, async (t) => {
  const scene = await openScene(t, browser)
  const { page, complaints } = scene
  await serveSampleHistory(page)
  await setUp(scene)
  await page.getByRole('button', { name: '1 h', exact: true }).click()
  await text(page, 'stretch', /^The last hour/)
  const card = page.getByTestId('chart-bandwidth')
  const csv = await saved(page, () =>
    card.getByRole('button', { name: 'CSV of Bandwidth' }).click(),
  )
  t.match(csv.suggestedFilename(), /^callbox-bandwidth-.*\.csv$/)
  const lines = (await readFile(await csv.path(), 'utf8')).trim().split('\r\n')
  t.equal(lines[0], 'time,Bandwidth: In (bit/s),Bandwidth: Out (bit/s)')
  t.equal(lines.length, 541, '600 points of which a tenth was not recorded')
  const png = await saved(page, () =>
    card.getByRole('button', { name: 'PNG of Bandwidth' }).click(),
  )
  const bytes = await readFile(await png.path())
  t.same([...bytes.subarray(1, 4)], [...Buffer.from('PNG')])
  const all = await saved(page, () => page.getByRole('button', { name: 'CSV of what is' }).click())
  t.match(await readFile(await all.path(), 'utf8'), /Processor: All cores/)
  const link = await page
    .getByRole('link', { name: 'CSV of all that is kept' })
    .getAttribute('href')
  t.match(link, /^\/api\/admin\/history\.csv\?from=\d+&to=\d+$/)
  t.same(complaints, [], 'the content security policy allows all of it')
})

t.test('everything is reached without a pointer', { skip }, async (t) => {
  const scene = await openScene(t, browser)
  const { page } = scene
  await setUp(scene)
  const { keyboard } = page
  await page.evaluate('document.activeElement.blur()')
  await keyboard.press('Tab')
  t.equal(await focused(page), 'Skip to the content')
  await keyboard.press('Enter')
  t.equal(await page.evaluate('document.activeElement.tagName'), 'MAIN')
  await keyboard.press('g')
  await keyboard.press('t')
  await page.getByRole('heading', { name: 'TURN', level: 1 }).waitFor()
  await keyboard.press('g')
  await keyboard.press('d')
  await page.getByTestId('tile-people').waitFor()
  await keyboard.press('?')
  await page.getByText('Search, where there is one').waitFor()
  await page.getByLabel('Use these keys').focus()
  await keyboard.press('Space')
  await keyboard.press('Escape')
  await page.getByText('Search, where there is one').waitFor({ state: 'hidden' })
  await keyboard.press('g')
  await keyboard.press('t')
  await page.reload()
  await page.getByTestId('tile-people').waitFor()
  t.equal(new URL(page.url()).pathname, '/admin', 'keys that are turned off stay off')

  await page.setViewportSize({ width: 360, height: 740 })
  t.notOk(await page.getByRole('link', { name: 'Certificate', exact: true }).isVisible())
  await page.getByRole('button', { name: 'Menu' }).focus()
  await keyboard.press('Enter')
  await withoutBarriers(t, page, 'menu')
  const link = page.getByRole('navigation', { name: 'Admin' }).getByRole('link', { name: 'TURN' })
  await link.focus()
  await keyboard.press('Enter')
  await page.getByRole('heading', { name: 'TURN', level: 1 }).waitFor()
  t.notOk(await link.isVisible(), 'the menu is gone where it has led')
})

for (const colorScheme of ['light', 'dark'] as const) {
  t.test(`a wall screen shows it all at once, ${colorScheme}`, { skip }, async (t) => {
    const scene = await openScene(t, browser, { colorScheme })
    const { page, harness, sampler } = scene
    await setUp(scene)
    await page.setViewportSize({ width: 1920, height: 1080 })
    await page.goto(`${harness.origin}/admin?kiosk`)
    await text(page, 'kiosk', /1 person has a poor connection\s*Grace Hopper/)
    await text(page, 'verdict', /Grace Hopper loses/)
    t.equal(await page.getByRole('link').count(), 0, 'nothing leads away')
    t.equal(await page.getByRole('button').count(), 0, 'nothing is to be pressed')
    t.equal(await page.evaluate('document.documentElement.scrollHeight'), 1080, 'nothing is below')
    t.equal(await cutOff(page), '', 'nothing is cut off')
    await withoutBarriers(t, page, 'wall')
    sampler.isSilent = true
    await text(page, 'stale', /has sent nothing since/)
    t.equal(await page.getByTestId('verdict').count(), 0)
    await withoutBarriers(t, page, 'stale wall')
    sampler.isSilent = false
    await page.getByTestId('verdict').waitFor()
  })
}

t.test(
  'a wall screen stays logged in, and comes back by itself',
  { skip, timeout: 90_000 },
  async (t) => {
    const uses = recordUses()
    const scene = await openScene(t, browser, { deps: { sessionStore: uses.store } })
    const { page, harness } = scene
    await setUp(scene)
    await page.clock.install()
    await page.goto(`${harness.origin}/admin?kiosk`)
    await page.getByTestId('kiosk').waitFor()
    await text(page, 'connection', /Live/)
    // While its clock stands the page does not connect again, which would be use as well.
    await page.clock.pauseAt(Number(await page.evaluate('Date.now()')) + 1000)
    for (let hour = 0; hour < 30; hour += 6) {
      harness.clock.nowMs += 6 * 3_600_000
      const used = uses.after(harness.clock.nowMs)
      await page.clock.fastForward('31:00')
      await used
    }
    await page.clock.resume()
    // The server's hours were a jump, in which it took the page for gone.
    await page.clock.runFor(20_000)
    await text(page, 'connection', /Live/)
    await harness.goAway()
    await text(page, 'stale', /nothing since/)
    await harness.comeBack()
    await page.clock.runFor(20_000)
    await text(page, 'connection', /Live/)
  },
)

t.test('prints as a light report with tables', { skip }, async (t) => {
  const scene = await openScene(t, browser, { colorScheme: 'dark' })
  const { page } = scene
  await setUp(scene)
  await page.emulateMedia({ media: 'print' })
  const cpu = page.getByTestId('chart-cpu')
  await cpu.getByRole('table').waitFor()
  t.equal(await page.getByTestId('chart-turn').getByRole('table').count(), 1, 'of every chart')
  t.equal(await cpu.locator('canvas').count(), 1, 'besides its picture')
  for (const name of ['Log out', 'Print', 'Zoom in', 'Create join link']) {
    t.notOk(await page.getByRole('button', { name }).isVisible(), name)
  }
  t.equal(await colour(page, '.card', 'backgroundColor'), 'rgb(255, 255, 255)')
  await page.emulateMedia({ media: 'screen' })
  await cpu.getByRole('table').waitFor({ state: 'detached' })
})

t.test('respects forced colours and a wish for less motion', { skip }, async (t) => {
  const scene = await openScene(t, browser)
  const { page } = scene
  await setUp(scene)
  await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' })
  t.equal(await colour(page, '.card', 'borderTopStyle'), 'solid')
  t.equal(await colour(page, '.pulse', 'animationName'), 'none')
  t.not(await colour(page, '.bar-fill', 'backgroundImage'), '')
  await page.emulateMedia({ forcedColors: 'none', reducedMotion: 'no-preference' })
  t.equal(await colour(page, '.pulse', 'animationName'), 'pulse')
})

t.test('asks nobody but its own server, and paints at once', { skip }, async (t) => {
  const scene = await openScene(t, browser)
  const { page, harness } = scene
  const strangers: string[] = []
  page.on('request', (request) => {
    const { origin } = new URL(request.url())
    if (origin !== harness.origin && !request.url().startsWith('blob:'))
      strangers.push(request.url())
  })
  await setUp(scene)
  for (const place of ['/admin/turn', '/admin/certificate', '/admin?kiosk', '/admin']) {
    await page.goto(harness.origin + place)
    await page.locator('main').waitFor()
  }
  t.same(strangers, [])
  const paints: number[] = []
  while (paints.length < 5) {
    await page.reload()
    await page.getByTestId('tile-people').waitFor()
    paints.push(
      Number(
        await page.evaluate(`performance.getEntriesByName('first-contentful-paint')[0].startTime`),
      ),
    )
  }
  const best = Math.min(...paints)
  t.comment(
    `first paint after ${Math.round(best)} ms at best, ${Math.round(Math.max(...paints))} ms at worst`,
  )
  t.ok(best < 1000, 'the first paint comes within a second')
})

t.test('seconds that go by take up no memory', { skip }, async (t) => {
  const scene = await openScene(t, browser)
  const { page, harness, sampler } = scene
  await setUp(scene)
  sampler.isSilent = true
  const inspector = await page.context().newCDPSession(page)
  await inspector.send('HeapProfiler.enable')
  const tick = async (times: number) => {
    for (let n = 0; n < times; n++) {
      harness.clock.nowMs += 1000
      harness.tick(sampler.point(harness.clock.nowMs))
      if (n % 5 === 0)
        await page.evaluate('new Promise((resolve) => requestAnimationFrame(resolve))')
    }
  }
  const usedBytes = async () => {
    await inspector.send('HeapProfiler.collectGarbage')
    const { usedSize } = await inspector.send('Runtime.getHeapUsage')
    return usedSize
  }
  /** The least of two looks: a collection may leave for the next what is garbage already. */
  const settledBytes = async () => {
    await tick(700)
    const first = await usedBytes()
    await tick(700)
    return Math.min(first, await usedBytes())
  }
  const before = await settledBytes() // ten minutes fill the charts
  const after = await settledBytes()
  t.comment(`heap after 1,400 s: ${before} bytes, after 2,800 s: ${after} bytes`)
  t.ok(after < before * 1.1 + 500_000, `${before} bytes grew to ${after}`)
})

/** Tells when the server noted that a log-in was used: an answer in the page may be to a request of before. */
function recordUses() {
  let wantedMs = Number.POSITIVE_INFINITY
  let noted = () => {}
  const store: SessionStore = {
    load: () => [],
    save: (sessions) => {
      if (sessions.some(({ usedAtMs }) => usedAtMs >= wantedMs)) noted()
    },
  }
  const after = (atMs: number) =>
    new Promise<void>((resolve) => {
      wantedMs = atMs
      noted = resolve
    })
  return { store, after }
}

function saved(page: Page, act: () => Promise<void>): Promise<Download> {
  return Promise.all([page.waitForEvent('download'), act()]).then(([download]) => download)
}

function focused(page: Page): Promise<string> {
  return page.evaluate('document.activeElement.textContent.trim()')
}

function colour(page: Page, selector: string, property: string): Promise<string> {
  return page.evaluate(`getComputedStyle(document.querySelector('${selector}')).${property}`)
}

/** Names of cards whose content is larger than they are. */
function cutOff(page: Page): Promise<string> {
  return page.evaluate(`[...document.querySelectorAll('.kiosk .card')]
    .filter((card) => card.scrollHeight > card.clientHeight + 1)
    .map((card) => card.textContent.slice(0, 40)).join('; ')`)
}
