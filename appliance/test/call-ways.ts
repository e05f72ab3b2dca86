import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import type { ParticipantStatus, Status } from '#api'
import { hearsTones, type PersonBrowser, type SelectedPath, selectedPaths } from './call-browser.ts'
import { joinCall } from './call-people.ts'
import type { RunningAppliance } from './running-appliance.ts'
import type { BlockRule, TestNetwork } from './test-network.ts'
import { MICROPHONE_TONES } from './tones.ts'

/** A way that media can take once the others are blocked, and what shows it: the browser, the page, the status. */
export type Way = Readonly<{
  name: string
  blocked: readonly BlockRule[]
  expected: { readonly [Key in keyof SelectedPath]?: SelectedPath[Key] | RegExp }
  shown: RegExp
  path: ParticipantStatus['path']
}>

/** The appliance's media ports. */
export function mediaPorts(protocol: 'udp' | 'tcp'): BlockRule[] {
  return [
    { protocol, port: 8443 },
    { protocol, port: 8445 },
  ]
}

/** Two people hear each other on one way; Ben is logged in as admin. */
export async function hearEachOther(
  t: Test,
  way: Way,
  {
    anna,
    ben,
    network,
    appliance,
  }: Readonly<{
    network: TestNetwork
    appliance: RunningAppliance
    anna: PersonBrowser
    ben: PersonBrowser
  }>,
): Promise<void> {
  await network.block(way.blocked)
  const link = appliance.publicLink
  const pages = [
    await joinCall(anna.context, link, 'Anna'),
    await joinCall(ben.context, link, 'Ben'),
  ] as const
  for (const page of pages) await hearsTones(page, MICROPHONE_TONES, 30_000)
  for (const page of pages) {
    const paths = await selectedPaths(page)
    t.ok(paths.length >= 2, 'both connections are up')
    for (const path of paths) t.match(path, way.expected, JSON.stringify(path))
  }
  await pages[0].getByTestId('connection').click()
  t.match(await pages[0].getByTestId('path').textContent(), way.shown, 'the page names the way')
  t.strictSame(await pathsOnStatus(pages[1]), [way.path, way.path], 'so does the dashboard')
  for (const page of pages) {
    await page.getByTestId('leave').click()
    await page.close()
  }
  await network.block([])
}

/** The way of each person as the admin's status tells it. */
async function pathsOnStatus(page: Page): Promise<unknown[]> {
  const status = await page.evaluate(() => fetch('/api/admin/status').then((all) => all.json()))
  const { rooms } = status as Pick<Status, 'rooms'>
  return rooms.flatMap((room) => room.participants).map((person) => person.path)
}
