import { once } from 'node:events'
import t, { type Test } from 'tap'
import { testInOwnNetwork } from '../../scripts/test/own-network.ts'
import { needs } from '../../scripts/test-needs.ts'
import { hearsTones, startTalkingBrowser } from './call-browser.ts'
import { joinCall } from './call-people.ts'
import { startAppliance } from './running-appliance.ts'
import { logInTo } from './settings-caller.ts'
import { MICROPHONE_TONES } from './tones.ts'

t.setTimeout(240_000)

/** What must be over by itself: the time a page may need for it, milliseconds. */
const RECOVERY_MS = 60_000

await testInOwnNetwork(import.meta.filename, {
  name: 'people in a call come back by themselves when settings restart the appliance',
  skip: needs('chromium', 'worker'),
  run: comeBack,
})

async function comeBack(t: Test, address: string): Promise<void> {
  const running = await startAppliance(
    `public_address: ${address}\nrtc: { workers: 1 }\nturn: { workers: 1 }\n`,
  )
  t.teardown(() => running.stop())
  const people = [await startTalkingBrowser(), await startTalkingBrowser()]
  t.teardown(() => Promise.all(people.map((person) => person.close())))
  const pages = []
  for (const [index, { context }] of people.entries()) {
    pages.push(await joinCall(context, running.demoLink, `Person ${index}`))
  }
  await Promise.all(pages.map((page) => hearsTones(page, MICROPHONE_TONES, RECOVERY_MS)))
  const admin = await logInTo(running, 8080)
  const told = Promise.all(
    pages.map((page) =>
      page
        .getByText(/reconnect/i)
        .first()
        .waitFor({ timeout: RECOVERY_MS }),
    ),
  )
  const began = performance.now()
  t.equal((await admin.save({ 'rtc.udp_port': 8543, 'rtc.tcp_port': 8543 }, true)).status, 200)
  await told
  t.pass('each page tells that it reconnects')
  while (running.lines.filter((line) => line.includes('"msg":"ready"')).length < 2) {
    if (running.process.stdout) await once(running.process.stdout, 'data')
  }
  t.comment(`ready again after ${Math.round(performance.now() - began)} ms`)
  await Promise.all(pages.map((page) => hearsTones(page, MICROPHONE_TONES, RECOVERY_MS)))
  t.pass('and hears the others again, by the new port')
  t.equal(await admin.valueOf('rtc.udp_port'), 8543)
  t.same((await admin.details()).pending, [])
}
