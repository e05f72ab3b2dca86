import { once } from 'node:events'
import t from 'tap'
import { needs } from '../../scripts/test-needs.ts'
import { hearsTones, startTalkingBrowser } from './call-browser.ts'
import { joinCall } from './call-people.ts'
import { freePorts } from './free-ports.ts'
import { startAppliance } from './running-appliance.ts'
import { logInTo } from './settings-caller.ts'
import { MICROPHONE_TONES } from './tones.ts'

t.setTimeout(180_000)

const RECOVERY_MS = 45_000

t.test(
  'people in a call come back by themselves when settings restart the appliance',
  { skip: needs('chromium', 'worker') },
  async (t) => {
    const { http, https, media, turn, tls } = await freePorts()
    const fresh = await freePorts()
    const running = await startAppliance(`
public_address: 127.0.0.1
web: { https_port: ${https}, http_port: ${http} }
rtc: { udp_port: ${media}, tcp_port: ${media}, workers: 1 }
turn: { port: ${turn}, tls_port: ${tls}, workers: 1, relay_port_min: 50000, relay_port_max: 50999 }
`)
    t.teardown(() => running.stop())
    const people = [await startTalkingBrowser(), await startTalkingBrowser()]
    t.teardown(() => Promise.all(people.map((person) => person.close())))
    const pages = []
    for (const [index, { context }] of people.entries()) {
      pages.push(await joinCall(context, running.demoLink, `Person ${index}`))
    }
    await Promise.all(pages.map((page) => hearsTones(page, MICROPHONE_TONES, RECOVERY_MS)))
    const admin = await logInTo(running, http)
    const told = Promise.all(
      pages.map((page) =>
        page
          .getByText(/reconnect/i)
          .first()
          .waitFor({ timeout: RECOVERY_MS }),
      ),
    )
    const began = performance.now()
    const values = { 'rtc.udp_port': fresh.media, 'rtc.tcp_port': fresh.media }
    t.equal((await admin.save(values, true)).status, 200)
    await told
    t.pass('each page tells that it reconnects')
    while (running.lines.filter((line) => line.includes('"msg":"ready"')).length < 2) {
      if (running.process.stdout) await once(running.process.stdout, 'data')
    }
    t.comment(`ready again after ${Math.round(performance.now() - began)} ms`)
    await Promise.all(pages.map((page) => hearsTones(page, MICROPHONE_TONES, RECOVERY_MS)))
    t.pass('and hears the others again, by the new port')
    t.equal(await admin.valueOf('rtc.udp_port'), fresh.media)
    t.same((await admin.details()).pending, [])
  },
)
