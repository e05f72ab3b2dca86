import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { needs } from '../../scripts/test-needs.ts'
import {
  goesOver,
  hearsSilence,
  hearsTones,
  type PersonBrowser,
  startTalkingBrowser,
} from './call-browser.ts'
import { joinCall } from './call-people.ts'
import { type RunningAppliance, startAppliance } from './running-appliance.ts'
import { createTestNetwork, type TestNetwork } from './test-network.ts'
import { MICROPHONE_TONES } from './tones.ts'

t.setTimeout(180_000)

/** What must be over by itself: the time a page may need for it, milliseconds. */
const RECOVERY_MS = 30_000

type Call = {
  readonly network: TestNetwork
  readonly people: readonly PersonBrowser[]
  readonly pages: readonly Page[]
  appliance: RunningAppliance
}

t.test(
  'a call goes on by itself',
  { skip: needs('chromium', 'netns', 'nft', 'worker') },
  async (t) => {
    const call = await startCall(t)
    await t.test('through fifty mutes in a row', (t) => mutesInARow(t, call))
    await t.test('after the death of its media worker', (t) => workerDies(t, call))
    await t.test('after its client was off the network', (t) => linkDrops(t, call))
    await t.test('when UDP is blocked in the middle of it', (t) => udpBlocked(t, call))
    await t.test('after a restart of the appliance', (t) => restart(t, call))
  },
)

async function startCall(t: Test): Promise<Call> {
  const network = await createTestNetwork()
  t.teardown(() => network.close())
  const appliance = await startAppliance(
    `public_address: ${network.serverIp}\n`,
    network.spawnOnServer,
  )
  const people = [
    await startTalkingBrowser(network.clientBrowser),
    await startTalkingBrowser(network.clientBrowser),
  ]
  const pages: Page[] = []
  for (const [index, { context }] of people.entries()) {
    pages.push(await joinCall(context, appliance.publicLink, `Person ${index}`))
  }
  const call: Call = { network, people, pages, appliance }
  t.teardown(() => call.appliance.stop())
  t.teardown(() => Promise.all(people.map((person) => person.close())))
  await everybodyHears(call)
  return call
}

/** Faster than any of them can be dealt with; what counts is where it ends. */
async function mutesInARow(t: Test, { pages: [speaker, listener] }: Call): Promise<void> {
  if (speaker === undefined || listener === undefined) throw new Error('two pages are in the call')
  for (let press = 0; press < 51; press++) await speaker.keyboard.press('m')
  await hearsSilence(listener)
  t.pass('an odd number of presses ends muted')
  await speaker.keyboard.press('m')
  await hearsTones(listener, MICROPHONE_TONES, RECOVERY_MS)
  t.pass('and one more is heard')
}

async function workerDies(t: Test, call: Call): Promise<void> {
  const opened = call.appliance.lines.findLast((line) => line.includes('"room opened"')) ?? '{}'
  const shown = Promise.all(call.pages.map(showsReconnecting))
  process.kill(JSON.parse(opened).pid, 'SIGKILL')
  await shown
  t.pass('each page tells that it reconnects')
  await everybodyHears(call)
  t.pass('both hear each other again')
  const ready = await readiness(call)
  t.match(ready, { ready: true }, 'a successor is in the place of the dead worker')
  t.match(JSON.stringify(ready), '1 died since the start', 'whose death is told')
}

async function linkDrops(t: Test, call: Call): Promise<void> {
  const shown = Promise.all(call.pages.map(showsReconnecting))
  await call.network.setClientLink('down')
  await shown
  t.pass('each page tells that it reconnects')
  await call.network.setClientLink('up')
  await everybodyHears(call)
  t.pass('both hear each other again')
}

async function udpBlocked(t: Test, call: Call): Promise<void> {
  await call.network.block([{ protocol: 'udp' }])
  await Promise.all(call.pages.map((page) => goesOver(page, 'tcp', RECOVERY_MS)))
  await everybodyHears(call)
  t.pass('both hear each other, over TCP')
  await call.network.block([])
}

async function restart(t: Test, call: Call): Promise<void> {
  const shown = Promise.all(call.pages.map(showsReconnecting))
  const startMs = performance.now()
  t.equal(await call.appliance.end(), 0, 'it ends well')
  t.ok(performance.now() - startMs < 5_000, 'without waiting for its deadline')
  t.strictSame(faults(call.appliance), [], 'and has nothing to complain of')
  await shown
  t.pass('each page tells that it reconnects')
  call.appliance = await call.appliance.startAgain()
  await everybodyHears(call)
  t.pass('both hear each other again')
}

/** Resolves when each hears the other's microphone. */
async function everybodyHears({ pages }: Call): Promise<void> {
  await Promise.all(pages.map((page) => hearsTones(page, MICROPHONE_TONES, RECOVERY_MS)))
}

async function showsReconnecting(page: Page): Promise<void> {
  await page.getByTestId('reconnecting').waitFor({ timeout: RECOVERY_MS })
}

async function readiness({ pages: [page] }: Call): Promise<unknown> {
  return page?.evaluate(async () => (await fetch('/readyz')).json())
}

/** Errors that the appliance logged, but for those about the worker that the test killed. */
function faults({ lines }: RunningAppliance): readonly string[] {
  return lines.filter(
    (line) => line.includes('"level":"error"') && !/worker.*died|SIGKILL/.test(line),
  )
}
