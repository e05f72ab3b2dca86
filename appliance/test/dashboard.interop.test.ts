import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { needs } from '../../scripts/test-needs.ts'
import { hearsTones, type PersonBrowser, startTalkingBrowser } from './call-browser.ts'
import { joinCall, tileOf } from './call-people.ts'
import { mediaPorts } from './call-ways.ts'
import { createOfficeNetwork, type Line, type OfficeNetwork } from './office-network.ts'
import { startAppliance } from './running-appliance.ts'
import { MICROPHONE_TONES } from './tones.ts'

t.setTimeout(900_000)

/** The machine may have other things to do: what is proved here is not how fast it is. */
const PATIENCE_MS = 120_000
const LOST_PERCENT = 12

/** Who sits where, and what their office's line does to them. */
const PEOPLE = ['Anna', 'Ben', 'Carla', 'Dora', 'Emil'] as const
type Name = (typeof PEOPLE)[number]
const OFFICE_OF: Readonly<Record<Name, number>> = { Anna: 0, Ben: 1, Carla: 2, Dora: 2, Emil: 3 }
const LINES: readonly Line[] = [
  {},
  { blocked: [{ protocol: 'udp' }, { protocol: 'tcp', port: 3478 }] },
  { blocked: [{ protocol: 'udp' }, ...mediaPorts('tcp')] },
  { lossPercent: LOST_PERCENT, blocked: [{ protocol: 'tcp', port: 3478 }, ...mediaPorts('tcp')] },
]

const skip = needs('chromium', 'netns', 'nft', 'worker')

t.test('the pages say the right thing about the right person', { skip }, async (t) => {
  const fixture = await startAfternoon(t)
  await t.test('on the dashboard: paths, figures and verdicts', (t) => overview(t, fixture))
  await t.test('on the page of the call: each person’s own', (t) => drillDown(t, fixture))
  await t.test('takes somebody out from there', (t) => takeOut(t, fixture))
  await t.test('and has noted who did that', (t) => audited(t, fixture))
})

type Fixture = Readonly<{ pages: Readonly<Record<Name, Page>>; admin: Page; origin: string }>

/** Five people in one call, from four offices with lines of their own, and an admin who looks. */
async function startAfternoon(t: Test): Promise<Fixture> {
  const network = await createOfficeNetwork(LINES.length)
  t.teardown(() => network.close())
  const config = `public_address: ${network.serverIp}\n`
  const appliance = await startAppliance(config, network.spawnOnServer)
  t.teardown(() => appliance.stop())
  await network.fare(new Map(network.offices.map((office, n) => [office, LINES[n] ?? {}])))
  const pages: Partial<Record<Name, Page>> = {}
  for (const name of PEOPLE) {
    const browser = await browserIn(t, network, OFFICE_OF[name])
    pages[name] = await joinCall(browser.context, appliance.publicLink, name, PATIENCE_MS)
  }
  const browser = await browserIn(t, network, OFFICE_OF.Anna)
  const admin = await browser.context.newPage()
  await admin.goto(appliance.setupLink)
  await admin.getByLabel('New admin password').fill('a long enough password')
  await admin.getByRole('button', { name: 'Set password' }).click()
  await admin.getByTestId('tile-people').waitFor()
  const everybody = pages as Record<Name, Page>
  await hearsTones(everybody.Anna, MICROPHONE_TONES, PATIENCE_MS)
  return { pages: everybody, admin, origin: new URL(appliance.publicLink).origin }
}

async function browserIn(t: Test, network: OfficeNetwork, office: number): Promise<PersonBrowser> {
  const browser = await startTalkingBrowser(network.offices[office]?.browser)
  t.teardown(() => browser.close())
  browser.context.setDefaultTimeout(PATIENCE_MS)
  return browser
}

async function overview(t: Test, { admin }: Fixture): Promise<void> {
  await says(admin, 'tile-people', /^\D*5/)
  t.pass('counts the people')
  const paths = admin.getByTestId('paths')
  for (const row of [/^UDP\s*2/, /^TCP\s*1/, /^TURN.TCP\s*2/]) {
    await paths.locator('dl > div').filter({ hasText: row }).waitFor()
    t.pass(`the mix of paths has ${row}`)
  }
  const verdicts: readonly (readonly [Name | 'Carla and Dora', RegExp])[] = [
    [
      'Carla and Dora',
      /Carla and Dora from 10\.78\.3\.0\/24[^.]* relay over TURN over TCP, most likely because UDP 8443 does not reach them/,
    ],
    ['Ben', /Ben from 10\.78\.2\.0\/24[^.]* sends media over TCP, most likely because UDP 8443/],
    ['Emil', /Emil from 10\.78\.4\.0\/24[^.]* loses up to .* of the packets on the way to us/],
  ]
  for (const [who, words] of verdicts) {
    await admin.locator('.health .verdict-words').filter({ hasText: words }).first().waitFor()
    t.pass(`says it of ${who}`)
  }
  const said = await admin.locator('.health .verdict-words').allTextContents()
  t.notOk(
    said.some((text) => text.includes('Anna')),
    'and nothing of Anna, who fares well',
  )
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
    ['Anna', /Direct, UDP/, '10.78.1.2'],
    ['Ben', /Direct, TCP/, '10.78.2.2'],
    ['Carla', /TURN over TCP/, '10.78.3.2'],
    ['Dora', /TURN over TCP/, '10.78.3.2'],
    ['Emil', /Direct, UDP/, '10.78.4.2'],
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
  t.equal(await bad('Anna').count(), 0, 'the loss is marked at Emil and not at Anna')
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
  await tileOf(pages.Anna, 'Ben').waitFor({ state: 'detached' })
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
