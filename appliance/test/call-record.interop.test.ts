import { setTimeout as delay } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import type { CallDetails, CallParticipant } from '#api'
import { needs } from '../../scripts/test-needs.ts'
import { logInOnServer, type ServerAdmin } from './admin-on-server.ts'
import {
  hearsSilence,
  hearsTones,
  SHARED_TAB_TITLE,
  startSharingBrowser,
  startTalkingBrowser,
} from './call-browser.ts'
import { joinCall, tileOf } from './call-people.ts'
import { mediaPorts } from './call-ways.ts'
import { startAppliance } from './running-appliance.ts'
import { type BlockRule, createTestNetwork, type TestNetwork } from './test-network.ts'
import { MICROPHONE_TONES } from './tones.ts'

t.setTimeout(900_000)

/** The machine may have other things to do: what is proved here is not how fast it is. */
const PATIENCE_MS = 120_000

const skip = needs('chromium', 'netns', 'nft', 'worker')
/** A busy browser may take TURN over TCP before it tries UDP. */
const SLOW_WAYS: readonly BlockRule[] = [{ protocol: 'tcp', port: 3478 }]
/** Lost on Anna's way: of what she sends straight to the media ports. */
const LOST_PERCENT = 8

const MOVING_TAB = `<title>${SHARED_TAB_TITLE}</title><style>
  @keyframes pass { to { background: navy } }
  body { animation: pass 1s infinite alternate }
</style>`

t.test('what an admin is told of a call, and does to it', { skip }, async (t) => {
  const fixture = await startCall(t)
  await t.test('tells each by their own path, address and software', (t) => travels(t, fixture))
  await t.test('finds the loss at who has it', (t) => loss(t, fixture))
  await t.test('sees a shared screen stand still, and go on', (t) => freeze(t, fixture))
  await t.test('mutes a track', (t) => mute(t, fixture))
  await t.test('removes somebody, who stays away', (t) => remove(t, fixture))
  await t.test('removes somebody who is offline', (t) => removeOffline(t, fixture))
  await t.test('ends the call for everybody', (t) => end(t, fixture))
})

type Fixture = Readonly<{
  link: string
  network: TestNetwork
  admin: ServerAdmin
  anna: Page
  ben: Page
  /** The call as the admin's page gets it, once it fits. */
  until: (what: string, fits: (call: CallDetails) => boolean) => Promise<CallDetails>
  path: string
}>

/** Anna comes straight, Ben by TURN. */
async function startCall(t: Test): Promise<Fixture> {
  const network = await createTestNetwork()
  t.teardown(() => network.close())
  const config = `public_address: ${network.serverIp}\n`
  const appliance = await startAppliance(config, network.spawnOnServer)
  t.teardown(() => appliance.stop())
  const browsers = await Promise.all([
    startTalkingBrowser(network.clientBrowser),
    startTalkingBrowser(network.clientBrowser),
  ])
  t.teardown(() => Promise.all(browsers.map((browser) => browser.close())))
  const admin = await logInOnServer(network, appliance)
  await network.block(SLOW_WAYS)
  const link = appliance.publicLink
  for (const { context } of browsers) context.setDefaultTimeout(PATIENCE_MS)
  const anna = await joinCall(browsers[0].context, link, 'Anna', PATIENCE_MS)
  const ben = await joinCall(browsers[1].context, `${link}&relay=1`, 'Ben', PATIENCE_MS)
  for (const page of [anna, ben]) await hearsTones(page, MICROPHONE_TONES, PATIENCE_MS)
  const path = `/api/admin/calls/${new URL(link).pathname.split('/').at(-1)}`
  const until = async (what: string, fits: (call: CallDetails) => boolean) => {
    let call = await admin.get<CallDetails>(path)
    for (const sinceMs = performance.now(); !fits(call); call = await admin.get(path)) {
      if (performance.now() - sinceMs > PATIENCE_MS) {
        throw new Error(`not seen: ${what}: ${JSON.stringify(call, null, 1)}`)
      }
      await delay(500)
    }
    return call
  }
  return { link, network, admin, anna, ben, until, path }
}

async function travels(t: Test, { network, until }: Fixture): Promise<void> {
  const call = await until('both measured', ({ participants }) =>
    participants.every(
      ({ path, up, down }) => path && up.lossPercent !== undefined && down.rttMs !== undefined,
    ),
  )
  t.match(person(call, 'Anna'), { path: 'udp', address: network.clientIp })
  t.match(person(call, 'Ben'), { path: 'turn-udp', address: network.clientIp })
  for (const one of call.participants) {
    t.match(one.client, /^livekit-client [\d.]+, Chrome \d+, Linux$/)
    t.ok((one.connectMs ?? 0) > 0 && (one.connectMs ?? 0) < 10_000, `connected in ${one.connectMs}`)
    t.match(one.publishes, [{ kind: 'microphone', codec: 'opus', muted: false }])
    t.match(one.receives, [{ kind: 'microphone', paused: false }])
    t.ok(one.up.bitsPerSecond > 5_000 && one.down.bitsPerSecond > 5_000, 'both ways carry sound')
    for (const jitterMs of [one.up.jitterMs, one.down.jitterMs]) {
      t.ok((jitterMs ?? 999) < 100, `a jitter of ${jitterMs} ms`)
    }
    t.ok((one.down.rttMs ?? 9_999) < 1_000, `there and back in ${one.down.rttMs} ms`)
  }
  const connected = lines(call, 'Ben').find((line) => line.startsWith('connected'))
  t.match(connected, /^connected: Media flowed after [\d.]+ s, through TURN over UDP\.$/)
}

async function loss(t: Test, { network, until }: Fixture): Promise<void> {
  const lost = mediaPorts('udp').map((rule) => ({ ...rule, percentage: LOST_PERCENT }))
  await network.block([...SLOW_WAYS, ...lost])
  const call = await until('a burst of loss', (call) =>
    call.events.some(({ type }) => type === 'loss'),
  )
  const percent = person(call, 'Anna').up.lossPercent ?? 0
  t.ok(percent > 2 && percent < 20, `${percent} % of Anna's packets are lost`)
  t.ok((person(call, 'Ben').up.lossPercent ?? 99) < 2, 'and none of Ben’s')
  t.match(lines(call, 'Anna').at(-1), /^loss: Packets are lost from them to us: \d+ %\.$/)
  t.notOk(lines(call, 'Ben').some((line) => line.startsWith('loss')))
  await network.block(SLOW_WAYS)
  const after = await until('the end of it', (call) =>
    lines(call, 'Anna').some((line) => /^loss: The loss from them to us ended/.test(line)),
  )
  t.ok((person(after, 'Anna').up.lossPercent ?? 99) < 2)
}

/** Nothing of Carol's comes through for a moment. */
async function freeze(t: Test, { link, network, ben, until }: Fixture): Promise<void> {
  const carol = await startSharingBrowser(network.clientBrowser)
  try {
    carol.context.setDefaultTimeout(PATIENCE_MS)
    const screen = await carol.context.newPage()
    await screen.setContent(MOVING_TAB)
    const page = await joinCall(carol.context, link, 'Carol', PATIENCE_MS)
    await page.getByTestId('share').click()
    await ben.getByTestId('stage').waitFor()
    const shown = await until(
      'the screen arrives',
      (call) => (shared(call)?.link.bitsPerSecond ?? 0) > 0,
    )
    t.match(shared(shown), { kind: 'screen', freezes: 0, frozenSeconds: 0 })
    await network.block([...SLOW_WAYS, ...mediaPorts('udp')])
    const still = await until('a freeze', (call) => shared(call)?.freezes === 1)
    const stands = 'freeze: The picture of the screen stands still: nothing arrives.'
    t.ok(lines(still, 'Carol').includes(stands), lines(still, 'Carol').join(' '))
    await network.block(SLOW_WAYS)
    const again = /^freeze: The picture of the screen moves again, after [\d.]+ s\.$/
    const after = await until('it moves again', (call) =>
      lines(call, 'Carol').some((line) => again.test(line)),
    )
    t.ok((shared(after)?.frozenSeconds ?? 0) >= 2, `${shared(after)?.frozenSeconds} s in all`)
    await page.getByTestId('leave').click()
    await until('Carol is gone', (call) => call.participants.length === 2)
  } finally {
    await carol.close()
  }
}

function shared(call: CallDetails) {
  return person(call, 'Carol').publishes[0]
}

async function mute(t: Test, { admin, anna, ben, until, path }: Fixture): Promise<void> {
  const before = await until('Anna speaks', (call) => person(call, 'Anna').publishes.length === 1)
  const trackSid = person(before, 'Anna').publishes[0]?.sid
  const { status, body } = await admin.post(`${path}/mute`, { trackSid })
  t.equal(status, 200)
  t.equal(person(JSON.parse(body), 'Anna').publishes[0]?.muted, true)
  await hearsSilence(ben, PATIENCE_MS)
  for (const page of [anna, ben]) {
    await tileOf(page, 'Anna').and(page.locator('[data-muted=true]')).waitFor()
  }
  t.pass('both pages show it')
  await anna.keyboard.press('m')
  await hearsTones(ben, MICROPHONE_TONES, PATIENCE_MS)
  const after = await until(
    'unmuted',
    (call) => lines(call, 'Anna').at(-1)?.startsWith('unm') ?? false,
  )
  t.match(lines(after, 'Anna').slice(-3), [
    'admin: An admin muted the microphone.',
    'muted: Muted the microphone.',
    'unmuted: Unmuted the microphone.',
  ])
}

async function remove(t: Test, { admin, anna, ben, until, path }: Fixture): Promise<void> {
  const before = await until('Ben is there', (call) => call.participants.length === 2)
  const { identity } = person(before, 'Ben')
  t.equal((await admin.post(`${path}/remove`, { identity })).status, 200)
  await ben.getByTestId('failed').and(ben.locator('[data-code=removed]')).waitFor()
  await ben.getByText('You were removed from the call').waitFor()
  await tileOf(anna, 'Ben').waitFor({ state: 'detached' })
  t.equal((await admin.post(`${path}/remove`, { identity })).status, 404, 'once')
  await ben.getByTestId('retry').click()
  await tileOf(anna, 'Ben').waitFor()
  t.pass('comes back only when the person asks to')
}

/** What was said to Ben did not reach him; he learns it when he tries to go on. */
async function removeOffline(t: Test, fixture: Fixture): Promise<void> {
  const { network, admin, anna, ben, until, path } = fixture
  const before = await until('Ben is back', (call) => call.participants.length === 2)
  await network.block([{ protocol: 'tcp' }])
  await until('both lost their signal connection', (call) =>
    ['Anna', 'Ben'].every((name) => lines(call, name).at(-1)?.startsWith('disconnected') ?? false),
  )
  const { identity } = person(before, 'Ben')
  t.equal((await admin.post(`${path}/remove`, { identity })).status, 200)
  await network.block(SLOW_WAYS)
  await ben.getByTestId('failed').and(ben.locator('[data-code=removed]')).waitFor()
  const after = await until(
    'Anna is back',
    (call) => lines(call, 'Anna').at(-1)?.startsWith('reconnected') ?? false,
  )
  t.equal(after.participants.length, 1)
  await tileOf(anna, 'Ben').waitFor({ state: 'detached' })
}

async function end(t: Test, { admin, anna, until, path }: Fixture): Promise<void> {
  t.equal((await admin.post(`${path}/end`)).status, 200)
  await anna.getByTestId('failed').and(anna.locator('[data-code=call-ended]')).waitFor()
  await anna.getByText('The call has ended').waitFor()
  const call = await until('the end', ({ endedAtMs }) => endedAtMs !== undefined)
  t.match(call.events.at(-1), { type: 'ended', text: 'The call ended. An admin ended the call.' })
  t.match(
    call.participants.map(({ name, path }) => [name, path]),
    [
      ['Carol', 'udp'],
      ['Ben', 'turn-udp'],
      ['Anna', 'udp'],
    ],
  )
  const record = JSON.stringify(await admin.get(`${path}/record`))
  t.notMatch(record, /Anna|Ben|Carol|10\.77\.0\.2/)
  t.match(record, /"network":"10\.77\.0\.x"/)
}

function person(call: CallDetails, name: string): CallParticipant {
  const found = call.participants.find((one) => one.name === name)
  if (found === undefined) throw new Error(`${name} is not in the call`)
  return found
}

function lines(call: CallDetails, name: string): string[] {
  return call.events
    .filter(({ who }) => who?.name === name)
    .map(({ type, text }) => `${type}: ${text}`)
}
