import t, { type Test } from 'tap'
import type { TurnDetails } from '#api'
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
import { busyTurn, quietTurn, type ScriptedTurn, scriptedTurn } from './sample-turn.ts'
import { startRelay } from './stand-in-relay.ts'

t.setTimeout(300_000)

const browser = skip ? undefined : await launchChromium(['--allow-loopback-in-peer-connection'])
t.teardown(() => browser?.close())

type TurnScene = Scene & {
  readonly turn: ScriptedTurn
  facts: (atMs: number) => TurnDetails
}

/** A relay whose facts the test changes, and the TURN page that shows them. */
async function openTurn(t: Test, colorScheme: SceneOptions['colorScheme'] = 'light') {
  let nowMs = () => 0
  const turn = scriptedTurn(() => scene.facts(nowMs()))
  const base = await openScene(t, browser, { colorScheme, deps: { turn } })
  const scene: TurnScene = { ...base, turn, facts: busyTurn }
  nowMs = () => base.harness.clock.nowMs
  await setUp(scene)
  await openPart(scene.page, 'TURN')
  await scene.page.getByTestId('self-test').waitFor()
  return scene
}

t.test('the dashboard’s tile leads to the verdict in full', { skip }, async (t) => {
  const { page, complaints, harness } = await openTurn(t)
  t.equal(new URL(page.url()).pathname, '/admin/turn')
  await page.goBack()
  await text(page, 'tile-turn', /2 of 4 ways fail/)
  await page.getByTestId('tile-turn').getByRole('link').click()
  await text(page, 'self-test', /does not work over TLS and TLS on the web port/)
  await text(page, 'door-udp', /Works\s*UDP 0\.4 ms there and back\s*turn:calls\.example\.org:3478/)
  await text(page, 'door-tls', /Fails[\s\S]*certificate expired[\s\S]*Renew it/)
  await text(page, 'probe', /1 of 4 protected addresses can be reached[\s\S]*10\.0\.0\.1/)
  await page.reload()
  await text(page, 'self-test', /4 workers serve, started again once/)
  t.equal(await page.title(), 'TURN – Callbox')
  t.same(complaints, [], 'nothing was refused by the content security policy')
  await page.goto(`${harness.origin}/admin`)
  await page.getByTestId('tile-turn').waitFor()
})

t.test('runs the self-test now, and follows the facts', { skip }, async (t) => {
  const scene = await openTurn(t)
  const { page, turn } = scene
  scene.facts = quietTurn
  await page.getByRole('button', { name: 'Run now' }).click()
  await text(page, 'self-test', /The relay works over every transport/)
  t.same(turn.asked, ['self-test'])
  await text(page, 'probe', /All 4 protected addresses were tried and refused/)
  await page.getByTestId('no-allocations').waitFor()
  await text(page, 'denied-peers', /refused nobody lately/)
  await text(page, 'rejections', /No request was refused/)
  scene.facts = busyTurn
  await text(page, 'denied-peers', /172\.18\.0\.3[\s\S]*ICE Host Override[\s\S]*214 times/)
  await text(
    page,
    'rejections',
    /486\s*user has too many[\s\S]*turn\.limits[\s\S]*channel that is not bound\s*31/,
  )
})

t.test('reaches a relay from the browser, and tells which way is shut', { skip }, async (t) => {
  const scene = await openTurn(t)
  const { page, turn } = scene
  const { username, password } = turn.issueCredentials({ id: 'admin-test' })
  const port = await startRelay(t, username, password)
  scene.facts = (atMs) => {
    const quiet = quietTurn(atMs)
    const door = (transport: 'udp' | 'tcp') => ({
      transport,
      host: '127.0.0.1',
      port,
      url: `turn:127.0.0.1:${port}?transport=${transport}`,
    })
    return { ...quiet, urls: { ...quiet.urls, turn: [door('udp'), door('tcp')] } }
  }
  await text(page, 'door-udp', new RegExp(`127\\.0\\.0\\.1:${port}`))
  await page.getByRole('button', { name: 'Try the relay from here' }).click()
  await text(page, 'trial-udp', /Reached\s*UDP after [\d.]+ ms/)
  await text(page, 'trial-tcp', /Fails\s*TCP\s*Not reached\. A firewall/)
  await withoutBarriers(t, page, 'results')
})

t.test('sorts and filters allocations, and ends one after asking', { skip }, async (t) => {
  const { page, turn } = await openTurn(t)
  const users = () => page.getByTestId('allocation').getByRole('rowheader').allInnerTexts()
  t.same(await users(), ['grace', 'ada', 'radia', 'alan'], 'busiest first')
  await page.getByRole('button', { name: 'User' }).click()
  t.same(await users(), ['ada', 'alan', 'grace', 'radia'])
  await page.getByRole('button', { name: 'User' }).click()
  t.same(await users(), ['radia', 'grace', 'alan', 'ada'])
  await page.getByRole('searchbox').fill('2001:db8')
  t.same(await users(), ['radia'])
  await text(page, 'allocations', /1 of 4 fit the filter/)
  await page.getByRole('searchbox').fill('')
  await page.getByRole('button', { name: 'Disconnect grace' }).click()
  await page.getByRole('button', { name: 'Cancel' }).click()
  t.same(turn.asked, [], 'only asked')
  await page.getByRole('button', { name: 'Disconnect grace' }).click()
  await page.getByRole('button', { name: 'Disconnect', exact: true }).click()
  await text(page, 'allocations', /3 in all/)
  t.same(turn.asked, ['disconnect a2'])
})

t.test('shows secrets for the password only, and leads to where they go', { skip }, async (t) => {
  const { page } = await openTurn(t)
  const secrets = page.getByTestId('secrets')
  await secrets.getByRole('button', { name: /Reveal/ }).click()
  await page.getByLabel('Your password').fill('a guess')
  await page.keyboard.press('Enter')
  await page.getByText('That password is not right.').waitFor()
  await page.getByLabel('Your password').fill(PASSWORD)
  await page.keyboard.press('Enter')
  await text(page, 'secrets', /the secret of today/)
  await page.getByRole('link', { name: 'point your chat server here' }).click()
  t.equal(new URL(page.url()).pathname, '/admin/connect')
  await openPart(page, 'TURN')
  await page.getByTestId('secrets').waitFor()
  t.equal(await page.getByText('the secret of today').count(), 0, 'forgotten')
})

t.test('makes a new secret and retires the one before', { skip }, async (t) => {
  const scene = await openTurn(t)
  const { page, turn } = scene
  await page.getByRole('button', { name: 'Make a new secret …' }).click()
  await page.getByRole('button', { name: 'Make a new secret', exact: true }).click()
  await text(page, 'secrets', /the secret of tomorrow/)
  await page.getByRole('button', { name: 'Hide secrets' }).first().click()
  await page.getByText('the secret of tomorrow').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Retire 9af1…' }).click()
  await page.getByRole('button', { name: 'Retire', exact: true }).click()
  await page.getByRole('button', { name: 'Retire 9af1…' }).waitFor({ state: 'detached' })
  t.same(turn.asked, ['rotate', 'retire s1'])

  scene.facts = (atMs) => {
    const facts = busyTurn(atMs)
    return { ...facts, secrets: { ...facts.secrets, origin: 'config' } }
  }
  await text(page, 'secrets', /from the configuration file[\s\S]*turn\.static_auth_secret/)
  t.equal(await page.getByRole('button', { name: 'Make a new secret …' }).count(), 0)
})

t.test('a server that goes away is said, and its return noticed', { skip }, async (t) => {
  const { page, harness } = await openTurn(t)
  await harness.goAway()
  await text(page, 'turn-problem', /does not answer[\s\S]*from before/)
  await harness.comeBack()
  await page.getByTestId('turn-problem').waitFor({ state: 'detached' })
  harness.clock.nowMs += 12 * 3_600_000
  await page.getByText('Your log-in has ended. Log in again to go on.').waitFor()
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.keyboard.press('Enter')
  await page.getByTestId('self-test').waitFor()
})

for (const colorScheme of ['light', 'dark'] as const) {
  t.test(`has no barriers that axe finds, ${colorScheme}`, { skip }, async (t) => {
    const scene = await openTurn(t, colorScheme)
    const { page } = scene
    await withoutBarriers(t, page, 'busy')
    await page.getByText('What was tried').click()
    await page.setViewportSize({ width: 360, height: 740 })
    await withoutBarriers(t, page, 'phone')
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), 360, 'fits a phone')
    await page.getByRole('button', { name: 'Disconnect ada' }).click()
    await withoutBarriers(t, page, 'question')
    await page.keyboard.press('Escape')
    await page
      .getByRole('button', { name: /Reveal/ })
      .first()
      .click()
    await withoutBarriers(t, page, 'password')
    await page.keyboard.press('Escape')
    scene.facts = quietTurn
    await page.getByTestId('no-allocations').waitFor()
    await withoutBarriers(t, page, 'quiet')
  })
}
