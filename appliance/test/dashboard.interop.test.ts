import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { needs } from '../../scripts/test-needs.ts'
import { hearsTones, startTalkingBrowser } from './call-browser.ts'
import { joinCall, tileOf } from './call-people.ts'
import { mediaPorts } from './call-ways.ts'
import {
  createOfficeNetwork,
  type Line,
  type Office,
  type OfficeNetwork,
} from './office-network.ts'
import { startAppliance } from './running-appliance.ts'
import { setAdminPassword } from './set-admin-password.ts'
import { MICROPHONE_TONES } from './tones.ts'

t.setTimeout(900_000)

/** The machine may have other things to do: what is proved here is not how fast it is. */
const PATIENCE_MS = 120_000
const LOST_PERCENT = 12

/** Who sits where, and what their office's line does to them. */
const LINES: Readonly<Record<Name, Line>> = {
  Ben: { blocked: [{ protocol: 'udp' }, { protocol: 'tcp', port: 3478 }] },
  Carla: { blocked: [{ protocol: 'udp' }, ...mediaPorts('tcp')] },
  Emil: {
    lossPercent: LOST_PERCENT,
    blocked: [{ protocol: 'tcp', port: 3478 }, ...mediaPorts('tcp')],
  },
}
const PEOPLE = ['Ben', 'Carla', 'Emil'] as const
type Name = (typeof PEOPLE)[number]

const skip = needs('chromium', 'netns', 'nft', 'worker')

t.test('the pages say the right thing about the right person', { skip }, async (t) => {
  const fixture = await startAfternoon(t)
  await t.test('on the dashboard: paths, figures and verdicts', (t) => overview(t, fixture))
  await t.test('on the page of the call: each person’s own', (t) => drillDown(t, fixture))
  await t.test('takes somebody out from there', (t) => takeOut(t, fixture))
  await t.test('and has noted who did that', (t) => audited(t, fixture))
})

type Fixture = Readonly<{ pages: Readonly<Record<Name, Page>>; admin: Page; origin: string }>

/** Three people in one call, from three offices with lines of their own; Ben is logged in as admin. */
async function startAfternoon(t: Test): Promise<Fixture> {
  const network = await createOfficeNetwork(PEOPLE.length)
  t.teardown(() => network.close())
  const config = `public_address: ${network.serverIp}\n`
  const appliance = await startAppliance(config, network.spawnOnServer)
  t.teardown(() => appliance.stop())
  const lines = PEOPLE.map((name, n) => [officeOf(network, n), LINES[name]] as const)
  await network.fare(new Map(lines))
  const browsers = await Promise.all(
    PEOPLE.map((_, n) => startTalkingBrowser(officeOf(network, n).browser)),
  )
  t.teardown(() => Promise.all(browsers.map((browser) => browser.close())))
  const pages: Page[] = []
  for (const [n, { context }] of browsers.entries()) {
    context.setDefaultTimeout(PATIENCE_MS)
    pages.push(await joinCall(context, appliance.publicLink, PEOPLE[n] ?? '', PATIENCE_MS))
  }
  const [Ben, Carla, Emil] = pages
  const admin = await browsers[0]?.context.newPage()
  if (!admin || !Ben || !Carla || !Emil) throw new Error('somebody is missing')
  await setAdminPassword(admin, appliance.setupLink)
  await hearsTones(Ben, MICROPHONE_TONES, PATIENCE_MS)
  return { pages: { Ben, Carla, Emil }, admin, origin: new URL(appliance.publicLink).origin }
}

function officeOf(network: OfficeNetwork, n: number): Office {
  const office = network.offices[n]
  if (office === undefined) throw new Error(`there is no office ${n}`)
  return office
}

async function overview(t: Test, { admin }: Fixture): Promise<void> {
  await says(admin, 'tile-people', /^\D*3/)
  t.pass('counts the people')
  const paths = admin.getByTestId('paths')
  for (const row of [/^UDP\s*1/, /^TCP\s*1/, /^TURN.TCP\s*1/]) {
    await paths.locator('dl > div').filter({ hasText: row }).waitFor()
    t.pass(`the mix of paths has ${row}`)
  }
  const verdicts: readonly (readonly [Name, RegExp])[] = [
    [
      'Ben',
      /Ben from [^/]*10\.78\.1\.0\/24[^.]* sends media over TCP, most likely because UDP 8443/,
    ],
    [
      'Carla',
      /Carla from [^/]*10\.78\.2\.0\/24[^.]* relays over TURN over TCP, most likely because UDP 8443 does not reach them/,
    ],
    ['Emil', /Emil from [^/]*10\.78\.3\.0\/24[^.]* loses up to .* of the packets on the way to us/],
  ]
  for (const [who, words] of verdicts) {
    await admin.locator('.health .verdict-words').filter({ hasText: words }).first().waitFor()
    t.pass(`says it of ${who}`)
  }
  const said = await admin.locator('.health .verdict-words').allTextContents()
  const blamed = said.filter((text) => /(Ben|Carla).* (loses|lose) /.test(text))
  t.same(blamed, [], 'and of loss at nobody else')
  await admin.getByTestId('quality').filter({ hasText: '%' }).waitFor()
  await admin
    .getByTestId('capacity')
    .filter({ hasText: /listener/i })
    .waitFor()
}

async function drillDown(t: Test, { admin, origin }: Fixture): Promise<void> {
  await admin.goto(`${origin}/admin/calls/demo`)
  const row = (name: Name) => admin.getByTestId('person').filter({ hasText: name })
  const expected: readonly (readonly [Name, RegExp, string])[] = [
    ['Ben', /Direct, TCP/, '10.78.1.2'],
    ['Carla', /TURN over TCP/, '10.78.2.2'],
    ['Emil', /Direct, UDP/, '10.78.3.2'],
  ]
  for (const [name, path, address] of expected) {
    await row(name).filter({ hasText: path }).filter({ hasText: address }).waitFor()
    await row(name)
      .filter({ hasText: 'opus' })
      .filter({ hasText: /kbit\/s/ })
      .waitFor()
    t.pass(`${name}: path, own address, codec and rate`)
  }
  const bad = (name: Name) => row(name).locator('[data-label="Loss up"] .is-high')
  await bad('Emil').first().waitFor()
  t.equal(await bad('Ben').count(), 0, 'the loss is marked at Emil and not at Ben')
  const line = admin.getByTestId('event').filter({ hasText: 'Emil' })
  await line
    .filter({ hasText: /Packets are lost from them to us/ })
    .first()
    .waitFor()
  t.pass('the timeline has the burst of loss')
}

async function takeOut(t: Test, { admin, pages }: Fixture): Promise<void> {
  await admin.getByRole('button', { name: 'Remove Ben' }).click()
  await admin
    .getByRole('dialog')
    .getByRole('button', { name: /Remove/ })
    .click()
  await pages.Ben.getByText('You were removed from the call').waitFor()
  await tileOf(pages.Carla, 'Ben').waitFor({ state: 'detached' })
  await admin.getByTestId('person').filter({ hasText: 'Ben' }).waitFor({ state: 'detached' })
  t.pass('Ben is told, the others see it, the page shows it')
}

async function audited(t: Test, { admin, origin }: Fixture): Promise<void> {
  await admin.goto(`${origin}/admin/users`)
  await admin.getByText('call.participant.removed').first().waitFor()
  t.pass('the audit log has it')
}

async function says(page: Page, testId: string, wanted: RegExp): Promise<void> {
  await page.getByTestId(testId).filter({ hasText: wanted }).waitFor()
}
