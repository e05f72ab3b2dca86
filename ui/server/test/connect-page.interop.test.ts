import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
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
import { PASSWORD } from './harness.ts'
import { badTests, type ScriptedConnect, scriptedConnect } from './sample-connect.ts'
import { quietTurn, scriptedTurn } from './sample-turn.ts'

t.setTimeout(300_000)

const browser = skip ? undefined : await launchChromium([])
t.teardown(() => browser?.close())

/** The page with chat servers' settings in the test's hand. */
async function openConnect(
  t: Test,
  colorScheme: SceneOptions['colorScheme'] = 'light',
): Promise<Scene & { connect: ScriptedConnect }> {
  const connect = scriptedConnect()
  const turn = scriptedTurn(() => quietTurn(1_800_000_000_000))
  const scene = await openScene(t, browser, { colorScheme, deps: { connect, turn } })
  await setUp(scene)
  await openPart(scene.page, 'Connect')
  await scene.page.getByTestId('step-1').waitFor()
  return { ...scene, connect }
}

t.test('fills in the secrets for the password only, and forgets them', { skip }, async (t) => {
  const { page, complaints } = await openConnect(t)
  await text(page, 'connect', /REVEAL-THE-SECRET-FIRST/)
  await text(page, 'limits', /RTCD service URL.*empty.*does not speak the protocol of rtcd/)
  await page.getByRole('button', { name: 'Reveal secrets …' }).click()
  await page.getByLabel('Your password').fill('a guess')
  await page.keyboard.press('Enter')
  await page.getByText('That password is not right.').waitFor()
  await reveal(page)
  await text(page, 'connect', /the secret of today/)
  await copy(page, 'Copy ICE Servers Configurations')
  t.equal(JSON.parse(await clipboard(page))[1].urls.length, 4)

  await page.getByRole('tab', { name: 'Mattermost Calls 1.x' }).focus()
  await page.keyboard.press('ArrowRight')
  await text(page, 'connect', /LiveKit API secret[\s\S]*REVEAL-THE-LIVEKIT-SECRET-FIRST/)
  await page.getByRole('button', { name: 'Reveal secrets …' }).click()
  await reveal(page)
  await text(page, 'connect', /wss:\/\/calls\.example\.org[\s\S]*the secret of APIfirst/)
  await copy(page, 'Copy all as JSON')
  t.match(JSON.parse(await clipboard(page)), {
    'LiveKit server URL': 'wss://calls.example.org',
    'LiveKit API key': 'APIfirst',
    'LiveKit API secret': 'the secret of APIfirst',
  })
  await copy(page, 'Copy all as text')
  t.match(await clipboard(page), /# LiveKit API key\nAPIfirst\n/)

  await page.getByRole('tab', { name: 'Element Call' }).click()
  await text(
    page,
    'connect',
    /LIVEKIT_KEY=APIfirst[\s\S]*turn_shared_secret: "the secret of today"/,
  )
  await page.keyboard.press('End')
  await text(page, 'connect', /Authorization: Bearer the key/)
  await openPart(page, 'TURN')
  await openPart(page, 'Connect')
  await text(page, 'connect', /REVEAL-THE-KEY-FIRST/)
  const chosen = page.getByRole('tab', { name: 'TURN REST API', selected: true })
  t.equal(await chosen.count(), 1, 'the choice is kept')
  const expected = /status of 401/
  t.same(
    complaints.filter((each) => !expected.test(each)),
    [],
  )
})

t.test('Chromium takes the snippet for browsers', { skip }, async (t) => {
  const { page } = await openConnect(t)
  await page.getByRole('tab', { name: 'Any TURN client' }).click()
  await text(page, 'connect', /iceServers/)
  await copy(page, 'Copy iceServers')
  const iceServers = await clipboard(page)
  const taken = await page.evaluate(
    `new RTCPeerConnection({ iceServers: ${iceServers} }).getConfiguration().iceServers.map(({ urls }) => urls)`,
  )
  t.same(taken, [
    ['stun:calls.example.org:3478'],
    [
      'turn:calls.example.org:3478?transport=udp',
      'turn:calls.example.org:3478?transport=tcp',
      'turns:calls.example.org:5349?transport=tcp',
      'turns:calls.example.org:443?transport=tcp',
    ],
  ])
})

t.test('shows the tests that matter to the product, and ticks the step', { skip }, async (t) => {
  const { page, connect } = await openConnect(t)
  connect.tests = badTests
  await page.getByRole('button', { name: 'Run the tests' }).click()
  await text(page, 'test-verdict', /2 of 5 tests fail/)
  await text(page, 'test-turn-udp', /Fails[\s\S]*3478\/udp: No answer\.[\s\S]*public_address/)
  t.equal(await page.getByTestId('test-livekit-join').count(), 0, 'no business of Calls 1.x')
  t.equal(await page.getByTestId('step-3').getByText('Done').count(), 0)
  connect.tests = scriptedConnect().tests
  await page.getByRole('button', { name: 'Run the tests' }).click()
  await text(page, 'test-verdict', /Everything that could be tried works/)
  await text(page, 'test-clock', /Not tried/)
  await text(page, 'step-3', /Done/)
  await page.getByRole('tab', { name: 'Mattermost Calls 2.x' }).click()
  await text(page, 'test-verdict', /Nothing fails; there is one warning/)
  await text(page, 'test-livekit-api', /Warning[\s\S]*\(404\)[\s\S]*page Calls/)
  await page.getByLabel('I have entered them').check()
  await text(page, 'step-2', /Done/)
  await page.getByRole('tab', { name: 'Jitsi' }).click()
  await page.getByTestId('step-2').getByText('Done').waitFor({ state: 'detached' })
  t.same(connect.asked, ['test', 'test'])
})

t.test('tries no call where the browser may not reach the server', { skip }, async (t) => {
  const { page } = await openConnect(t)
  await page.getByRole('button', { name: 'Try a call from here' }).click()
  await text(page, 'call-test', /Open this page at https:\/\/calls\.example\.org first/)
})

t.test('says that a call came to nothing, and where it stopped', { skip }, async (t) => {
  const { page, connect, harness } = await openConnect(t)
  connect.livekitUrl = harness.origin.replace(/^http/, 'ws')
  await page.getByTestId('snippet').first().waitFor()
  await page.reload()
  await page.getByRole('button', { name: 'Try a call from here' }).click()
  await text(page, 'call-signal', /Fails[\s\S]*404: a proxy in front/)
  t.equal(await page.getByTestId('call-media').count(), 0)
  t.equal(await page.getByTestId('step-4').getByText('Done').count(), 0)
})

t.test('makes a new LiveKit key, shows it, and retires the one before', { skip }, async (t) => {
  const { page, connect } = await openConnect(t)
  await page.getByRole('button', { name: 'Make a new key …' }).click()
  t.same(connect.asked, [], 'only asked')
  await page.getByRole('button', { name: 'Make a new key', exact: true }).click()
  await text(page, 'livekit-keys', /APInew1 secret the secret of APInew1/)
  await page.getByRole('button', { name: 'Hide', exact: true }).click()
  await page.getByText('the secret of APInew1').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Reveal the secret of APIfirst' }).click()
  await reveal(page)
  await text(page, 'livekit-keys', /APIfirst secret the secret of APIfirst[\s\S]*still accepted/)
  await page.getByRole('button', { name: 'Retire APIfirst' }).click()
  await page.getByRole('button', { name: 'Retire', exact: true }).click()
  await page.getByRole('button', { name: 'Retire APIfirst' }).waitFor({ state: 'detached' })
  t.same(connect.asked, ['rotate', 'retire APIfirst'])
  connect.origin = 'config'
  await text(page, 'livekit-keys', /The configuration sets livekit\.keys/)
  t.equal(await page.getByRole('button', { name: 'Make a new key …' }).count(), 0)
})

for (const colorScheme of ['light', 'dark'] as const) {
  t.test(`has no barriers that axe finds, ${colorScheme}`, { skip }, async (t) => {
    const { page, connect } = await openConnect(t, colorScheme)
    await withoutBarriers(t, page, 'untried')
    connect.tests = badTests
    await page.getByRole('tab', { name: 'Element Call' }).click()
    await page.getByRole('button', { name: 'Run the tests' }).click()
    await page.getByTestId('test-verdict').waitFor()
    await page.getByLabel('I have entered them').check()
    await withoutBarriers(t, page, 'results')
    await page.setViewportSize({ width: 360, height: 740 })
    await withoutBarriers(t, page, 'phone')
    for (const tab of await page.getByRole('tab').all()) {
      await tab.click()
      t.equal(await widthOf(page), 360, `${await tab.textContent()} fits a phone`)
    }
    await page.getByRole('button', { name: 'Make a new key …' }).click()
    await withoutBarriers(t, page, 'question')
  })
}

async function reveal(page: Page): Promise<void> {
  await page.getByLabel('Your password').fill(PASSWORD)
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}

async function copy(page: Page, name: string): Promise<void> {
  const button = await page.getByRole('button', { name, exact: true }).elementHandle()
  if (!button) throw new Error(`no button ${name}`)
  await button.click()
  await page.waitForFunction((each) => each.textContent?.startsWith('Copied'), button, {
    polling: 50,
  })
}

function clipboard(page: Page): Promise<string> {
  return page.evaluate('navigator.clipboard.readText()')
}

function widthOf(page: Page): Promise<unknown> {
  return page.evaluate('document.documentElement.scrollWidth')
}
