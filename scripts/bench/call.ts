import { setTimeout as delay } from 'node:timers/promises'
import { hearsTones, startTalkingBrowser } from '../../appliance/test/call-browser.ts'
import { joinCall } from '../../appliance/test/call-people.ts'
import { startAppliance } from '../../appliance/test/running-appliance.ts'
import { createTestNetwork } from '../../appliance/test/test-network.ts'
import { MICROPHONE_TONES } from '../../appliance/test/tones.ts'
import { descendants, processorSeconds } from './processor-time.ts'

/**
 * Measures a call of two people: how long from the press of Join to the first sound at the other
 * end, and what the call costs the appliance and its media workers.
 *
 *   node scripts/bench/call.ts [rounds]      as root; MEDIASOUP_WORKER_BIN names the worker
 */
const ROUNDS = Number(process.argv[2] ?? 5)
const MEASURED_SECONDS = 20

const say = (line: string) => process.stdout.write(`${line}\n`)

const network = await createTestNetwork()
const appliance = await startAppliance(
  `public_address: ${network.serverIp}\n`,
  network.spawnOnServer,
)
const [anna, ben] = await Promise.all([
  startTalkingBrowser(network.clientBrowser),
  startTalkingBrowser(network.clientBrowser),
])
const link = appliance.publicLink
const pid = appliance.process.pid ?? 0

async function costOfSeconds(seconds: number): Promise<number> {
  const pids = [pid, ...descendants(pid)]
  const total = () => pids.reduce((sum, each) => sum + processorSeconds(each), 0)
  const before = total()
  await delay(seconds * 1000)
  return ((total() - before) / seconds) * 100
}

const idle = await costOfSeconds(10)
say(`idle appliance             ${idle.toFixed(2)} % of one core`)
const bensPage = await joinCall(ben.context, link, 'Ben')
const times: number[] = []
for (let round = 0; round < ROUNDS; round++) {
  const annasPage = await anna.context.newPage()
  await annasPage.goto(link)
  await annasPage.getByTestId('name').fill('Anna')
  const pressedAtMs = performance.now()
  await annasPage.getByTestId('join').click()
  await hearsTones(bensPage, MICROPHONE_TONES.slice(0, 1), 20_000)
  times.push(performance.now() - pressedAtMs)
  if (round < ROUNDS - 1) await annasPage.getByTestId('leave').click()
  if (round < ROUNDS - 1) await annasPage.close()
}
const sorted = times.toSorted((a, b) => a - b).map((each) => Math.round(each))
say(
  `Join to sound at the other end, of which up to 0.6 s wait for the tone: ${sorted.join(' ')} ms`,
)
const busy = await costOfSeconds(MEASURED_SECONDS)
say(`call of two, both talking  ${busy.toFixed(2)} % of one core`)

await Promise.all([anna.close(), ben.close()])
await appliance.stop()
await network.close()
