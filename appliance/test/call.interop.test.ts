import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { needs } from '../../scripts/test-needs.ts'
import {
  hearsSilence,
  hearsTones,
  type PersonBrowser,
  SHARED_TAB_TITLE,
  seesQuarters,
  startSharingBrowser,
  startTalkingBrowser,
} from './call-browser.ts'
import { joinCall, tileOf } from './call-people.ts'
import { hearEachOther, mediaPorts, type Way } from './call-ways.ts'
import { type RunningAppliance, startAppliance } from './running-appliance.ts'
import { setAdminPassword } from './set-admin-password.ts'
import { createTestNetwork, type TestNetwork } from './test-network.ts'
import { MICROPHONE_TONES } from './tones.ts'

t.setTimeout(300_000)

const COLOURS = [
  [220, 30, 30],
  [30, 180, 30],
  [30, 30, 220],
  [220, 200, 30],
] as const

const SHARED_TAB = `<title>${SHARED_TAB_TITLE}</title><style>
  body { margin: 0; display: grid; grid-template-columns: 1fr 1fr; height: 100vh }
</style>${COLOURS.map((colour) => `<div style="background: rgb(${colour})"></div>`).join('')}`

/** Each way is the only one left open, so the browser has no choice. */
const WAYS: readonly Way[] = [
  {
    name: 'straight over UDP',
    blocked: [],
    expected: { protocol: 'udp', localType: 'host' },
    shown: /UDP/,
    path: 'udp',
  },
  {
    name: 'over TCP, with UDP blocked and TURN out of reach',
    blocked: [{ protocol: 'udp' }, { protocol: 'tcp', port: 3478 }],
    expected: { protocol: 'tcp' },
    shown: /TCP/,
    path: 'tcp',
  },
  {
    name: 'through TURN over UDP, with the media ports blocked',
    blocked: [...mediaPorts('udp'), ...mediaPorts('tcp'), { protocol: 'tcp', port: 3478 }],
    expected: { localType: 'relay', relayProtocol: 'udp' },
    shown: /TURN.*UDP/i,
    path: 'turn-udp',
  },
  {
    name: 'through TURN over TCP, with UDP and the media ports blocked',
    blocked: [{ protocol: 'udp' }, ...mediaPorts('tcp')],
    expected: { localType: 'relay', relayProtocol: 'tcp' },
    shown: /TURN.*TCP/i,
    path: 'turn-tcp',
  },
]

t.test('two people in a call', { skip: needs('chromium', 'netns', 'nft', 'worker') }, async (t) => {
  const network = await createTestNetwork()
  t.teardown(() => network.close())
  const appliance = await startAppliance(
    `public_address: ${network.serverIp}\n`,
    network.spawnOnServer,
  )
  t.teardown(() => appliance.stop())
  const [anna, ben] = await Promise.all([
    startTalkingBrowser(network.clientBrowser),
    startTalkingBrowser(network.clientBrowser),
  ])
  t.teardown(() => Promise.all([anna.close(), ben.close()]))
  const fixture = { network, appliance, anna, ben }

  await t.test('join with one press each', (t) => twoClicks(t, fixture))
  await t.test('talk, share a screen, and are seen on the dashboard', (t) => wholeCall(t, fixture))
  for (const way of WAYS) {
    await t.test(`hear each other ${way.name}`, (t) => hearEachOther(t, way, fixture))
  }
})

type Fixture = Readonly<{
  network: TestNetwork
  appliance: RunningAppliance
  anna: PersonBrowser
  ben: PersonBrowser
}>

/** What the start promises: one press in each of two tabs. */
async function twoClicks(t: Test, fixture: Fixture): Promise<void> {
  const tabs = [await fixture.anna.context.newPage(), await fixture.anna.context.newPage()]
  for (const tab of tabs) {
    await tab.goto(fixture.appliance.publicLink)
    await tab.getByTestId('join').click()
    await tab.getByTestId('in-call').waitFor()
  }
  for (const tab of tabs) await tab.locator('[data-testid=people][data-count="2"]').waitFor()
  t.pass('each tab is a person of its own, without a name typed')
  for (const tab of tabs) {
    await tab.getByTestId('leave').click()
    await tab.getByTestId('left').waitFor()
    await tab.close()
  }
}

async function wholeCall(t: Test, fixture: Fixture): Promise<void> {
  const { anna, ben, appliance } = fixture
  const dashboard = await openDashboard(ben, appliance.setupLink)
  const annasPage = await joinCall(anna.context, fixture.appliance.publicLink, 'Anna')
  const bensPage = await joinCall(ben.context, fixture.appliance.publicLink, 'Ben')

  await hearsTones(bensPage, MICROPHONE_TONES)
  await hearsTones(annasPage, MICROPHONE_TONES)
  t.pass('each hears the tones that the other’s microphone plays')
  await tileOf(bensPage, 'Anna').and(bensPage.locator('[data-speaking=true]')).waitFor()
  t.pass('the speaking indicator lights for who speaks')

  await annasPage.keyboard.press('m')
  await hearsSilence(bensPage)
  await tileOf(bensPage, 'Anna').and(bensPage.locator('[data-muted=true]')).waitFor()
  t.pass('muted is silent, and shown')
  await annasPage.keyboard.press('m')
  await hearsTones(bensPage, MICROPHONE_TONES)
  t.pass('unmuted is heard again')

  await annasPage.keyboard.press('h')
  await tileOf(bensPage, 'Anna').and(bensPage.locator('[data-hand="1"]')).waitFor()
  t.pass('a raised hand is seen')
  await sayInChat(annasPage, 'Can you see my screen?')
  await bensPage.getByTestId('chat').click()
  await bensPage.getByTestId('chat-line').filter({ hasText: 'Can you see my screen?' }).waitFor()
  t.pass('a chat message arrives')

  await shareScreen(t, fixture, { viewer: bensPage, dashboard })

  const leftAtMs = performance.now()
  await annasPage.getByTestId('leave').click()
  await tileOf(bensPage, 'Anna').waitFor({ state: 'detached' })
  t.ok(performance.now() - leftAtMs < 1000, 'who leaves is gone within a second')
  await bensPage.getByTestId('leave').click()
  await shows(dashboard, 'tile-people', /^0/)
  await shows(dashboard, 'tile-tracks', /^0/)
  t.pass('the dashboard drops to zero after the call')
  await Promise.all([annasPage.close(), bensPage.close(), dashboard.close()])
}

/** A third person, who has no microphone, shares a tab. */
async function shareScreen(
  t: Test,
  fixture: Fixture,
  { viewer, dashboard }: Readonly<{ viewer: Page; dashboard: Page }>,
): Promise<void> {
  const carol = await startSharingBrowser(fixture.network.clientBrowser)
  try {
    const screen = await carol.context.newPage()
    await screen.setContent(SHARED_TAB)
    const page = await joinCall(carol.context, fixture.appliance.publicLink, 'Carol')
    await tileOf(viewer, 'Carol').waitFor()
    t.pass('who has no microphone can join and listen')
    await viewer.setViewportSize({ width: 900, height: 800 })
    await page.getByTestId('share').click()
    await seesQuarters(viewer, COLOURS)
    t.pass('the shared screen’s colours arrive, each in its quarter')
    t.equal(await receivedWidth(viewer), 1280, 'with every pixel, though shown at half its size')
    await shows(dashboard, 'tile-people', /^3/)
    await shows(dashboard, 'tile-tracks', /screen/i)
    t.pass('the dashboard shows the people and the shared screen')
    await page.getByTestId('share').click()
    await viewer.getByTestId('stage').waitFor({ state: 'detached' })
    t.pass('the screen goes when sharing stops')
    await page.getByTestId('leave').click()
    await tileOf(viewer, 'Carol').waitFor({ state: 'detached' })
  } finally {
    await carol.close()
  }
}

async function openDashboard(person: PersonBrowser, setupLink: string): Promise<Page> {
  const page = await person.context.newPage()
  await setAdminPassword(page, setupLink)
  await shows(page, 'tile-people', /^0/)
  return page
}

/** Resolves when the figure of a tile reads so. */
async function shows(dashboard: Page, tile: string, text: RegExp): Promise<void> {
  await dashboard.getByTestId(tile).locator('dd').filter({ hasText: text }).first().waitFor()
}

/** Pixels a line of the picture that the stage receives. */
function receivedWidth(page: Page): Promise<number> {
  const video = page.getByTestId('stage').locator('video')
  return video.evaluate((element: Readonly<{ videoWidth: number }>) => element.videoWidth)
}

async function sayInChat(page: Page, text: string): Promise<void> {
  await page.getByTestId('chat').click()
  await page.getByTestId('chat-input').fill(text)
  await page.getByTestId('chat-send').click()
  await page.getByTestId('chat').click()
}
