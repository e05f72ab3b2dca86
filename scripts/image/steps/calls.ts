import { spawnSync } from 'node:child_process'
import type { Test } from 'tap'
import type { TurnRestCredentials } from '#api'
import { hearsTones, startTalkingBrowser } from '../../../appliance/test/call-browser.ts'
import { joinCall } from '../../../appliance/test/call-people.ts'
import { MICROPHONE_TONES } from '../../../appliance/test/tones.ts'
import { GuestAdmin } from '../guest.ts'
import { guestIp } from '../network.ts'
import { PASSWORD, type Site } from '../site.ts'

/** coturn's client, relay to relay: 40 messages each way, none lost. */
export const relays = () => async (t: Test) => {
  const admin = await GuestAdmin.logIn(PASSWORD)
  const { username, password } = (await admin.call(
    'POST',
    '/api/admin/turn/credentials',
    {},
  )) as TurnRestCredentials
  for (const [name, flags] of [
    ['UDP', []],
    ['TCP', ['-t']],
    ['TLS', ['-t', '-S', '-p', '5349']],
    ['TLS on the web port', ['-t', '-S', '-p', '443']],
  ] as const) {
    const args = ['-y', '-c', '-n', '40', '-m', '2', '-u', username, '-w', password, ...flags]
    const run = spawnSync('turnutils_uclient', [...args, guestIp], {
      encoding: 'utf8',
      timeout: 120_000,
    })
    const [, sent, received] =
      /tot_send_msgs=(\d+), tot_recv_msgs=(\d+)(?![\s\S]*tot_send_msgs)/.exec(run.stdout) ?? []
    t.ok(Number(sent) > 0, `${name}: ${sent} sent`)
    t.equal(received, sent, `${name}: none lost`)
  }
}

/** Two real browsers hear each other. */
export const calls = (site: Site) => async (t: Test) => {
  const admin = await GuestAdmin.logIn(PASSWORD)
  const link = (await admin.call('POST', '/api/admin/join-links', { room: 'standup' })) as {
    url: string
  }
  const browsers = await Promise.all([startTalkingBrowser(), startTalkingBrowser()])
  t.teardown(() => Promise.all(browsers.map((browser) => browser.close())))
  const [ada, ben] = browsers
  await site.watch.time('two browsers in a call through the guest, until both hear', async () => {
    const pages = [
      await joinCall(ada.context, link.url, 'Ada'),
      await joinCall(ben.context, link.url, 'Ben'),
    ]
    for (const page of pages) await hearsTones(page, MICROPHONE_TONES, 60_000)
  })
  const status = (await admin.call('GET', '/api/admin/status')) as { participants: number }
  t.equal(status.participants, 2)
}
