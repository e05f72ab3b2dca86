import t, { type Test } from 'tap'
import { needs } from '../../scripts/test-needs.ts'
import {
  BrowserParticipant,
  type ClientPackage,
  callPages,
  openInChromium,
  startChromium,
} from './test/browser-call.ts'
import { fullToken, type RunningSfu, startSfu } from './test/running-sfu.ts'

const skip = needs('chromium', 'worker')
const clients: readonly ClientPackage[] = ['livekit-client', 'livekit-client-2.19']

/** Within one bin of the analyser and the drift of the codec. */
const near = (hertz: number, who: string) => `Math.abs(call.heard('${who}') - ${hertz}) < 30`

t.setTimeout(180_000)

for (const client of clients) {
  t.test(`an unmodified ${client} in Chromium makes a call`, { skip }, async (t) => {
    const running = await startSfu({ page: await callPages() })
    t.teardown(() => running.stop())
    const browser = await startChromium()
    t.teardown(() => browser.close())
    const open = () => openInChromium(browser, { url: running.url, client })
    const anna = new BrowserParticipant(await open())
    const ben = new BrowserParticipant(await open())
    const people = { anna, ben, running, room: `room of ${client}` }
    await joinAndTalk(t, people)
    await showCamera(t, people)
    await shareScreen(t, people)
    await sendData(t, people)
    await mute(t, people)
    await raiseHand(t, people)
    await resume(t, people)
    await reconnectFully(t, people)
    await leave(t, people)
  })
}

type People = Readonly<{
  anna: BrowserParticipant
  ben: BrowserParticipant
  running: RunningSfu
  room: string
}>

async function join(who: BrowserParticipant, identity: string, people: People): Promise<number> {
  const { running, room } = people
  const token = await fullToken(running.sfu, room, identity)
  return who.evaluate<number>(`call.join('${running.url}', '${token}')`)
}

async function joinAndTalk(t: Test, people: People): Promise<void> {
  const { anna, ben, running } = people
  const joinMs = await join(anna, 'anna', people)
  await anna.evaluate('call.publishTone(440)')
  const startMs = performance.now()
  await join(ben, 'ben', people)
  await ben.until(near(440, 'anna'))
  const heardMs = performance.now() - startMs
  await ben.evaluate('call.publishTone(880)')
  await anna.until(near(880, 'ben'))
  await anna.untilEvent('participantConnected', 'ben')
  await anna.until(
    `call.events.some((one) => one.name === 'speakers' && one.detail.includes('ben'))`,
  )
  t.equal(running.sfu.rooms()[0]?.participants.length, 2, 'both are listed')
  t.comment(
    `connect ${Math.round(joinMs)} ms; second one hears ${Math.round(heardMs)} ms after asking`,
  )
}

async function showCamera(t: Test, { anna, ben }: People): Promise<void> {
  await anna.evaluate('call.room.localParticipant.setCameraEnabled(true).then(() => true)')
  await ben.until(`call.seen('anna', 'camera').frames > 10`)
  const seen = await ben.evaluate<{ width: number; spread: number }>(`call.seen('anna', 'camera')`)
  t.ok(seen.spread > 30, 'the camera shows a picture')
  const simulcast = `call.room.remoteParticipants.get('anna').getTrackPublication('camera').simulcasted`
  t.equal(await ben.evaluate(simulcast), true, 'the camera is simulcast')
  const camera = `call.room.remoteParticipants.get('anna').getTrackPublication('camera')`
  await ben.until(`call.seen('anna', 'camera').width >= 640`)
  await ben.evaluate(`${camera}.setVideoQuality(LivekitClient.VideoQuality.LOW)`)
  await ben.until(`call.seen('anna', 'camera').width < 640`)
  await ben.evaluate(`${camera}.setVideoQuality(LivekitClient.VideoQuality.HIGH)`)
  await ben.until(`call.seen('anna', 'camera').width >= 640`)
  t.pass('a smaller or larger picture comes as asked')
}

async function shareScreen(t: Test, { anna, ben, running }: People): Promise<void> {
  for (const round of [1, 2, 3]) {
    const since = await ben.eventCount()
    await anna.evaluate('call.room.localParticipant.setScreenShareEnabled(true).then(() => true)')
    await ben.until(`call.seen('anna', 'screen_share').frames > 2`)
    await anna.evaluate('call.room.localParticipant.setScreenShareEnabled(false).then(() => true)')
    await ben.untilEvent('trackUnsubscribed', 'anna screen_share', since)
    t.pass(`screen share ${round} starts and stops`)
  }
  const sources = running.sfu.rooms()[0]?.participants.flatMap(({ tracks }) => tracks)
  t.notOk(
    sources?.some(({ source }) => source === 'screen_share'),
    'no screen is left',
  )
  await ben.until(near(440, 'anna'))
}

async function sendData(t: Test, { anna, ben }: People): Promise<void> {
  for (const reliable of [true, false]) {
    const topic = reliable ? 'sure' : 'lossy'
    const options = `{ reliable: ${reliable}, topic: '${topic}' }`
    const send = `call.room.localParticipant.publishData(new TextEncoder().encode('hello'), ${options})`
    await anna.evaluate(`${send}.then(() => true)`)
    await ben.until(`call.messages.some(({ topic }) => topic === '${topic}')`)
  }
  const messages = await ben.evaluate<{ text: string; from: string }[]>('call.messages')
  t.match(
    messages,
    [
      { text: 'hello', from: 'anna' },
      { text: 'hello', from: 'anna' },
    ],
    'data arrives',
  )
}

async function mute(t: Test, { anna, ben }: People): Promise<void> {
  const track = `call.room.localParticipant.getTrackPublication('microphone')`
  await anna.evaluate(`${track}.mute().then(() => true)`)
  await ben.untilEvent('muted', 'anna')
  await ben.until(`call.heard('anna') === undefined`)
  t.pass('a muted microphone is silent')
  await anna.evaluate(`${track}.unmute().then(() => true)`)
  await ben.until(near(440, 'anna'))
  t.pass('an unmuted one is heard')
}

async function raiseHand(t: Test, { anna, ben }: People): Promise<void> {
  const set = (value: string) =>
    anna.evaluate(`call.room.localParticipant.setAttributes({ hand: '${value}' }).then(() => true)`)
  const attribute = `call.room.remoteParticipants.get('anna').attributes.hand`
  await set('up')
  await ben.until(`${attribute} === 'up'`)
  await set('')
  await ben.until(`!${attribute}`)
  t.pass('attributes come and go')
}

/** The ICE user name fragments of both of Anna's connections, the server's side. */
const serverUfrags = `['publisher', 'subscriber'].map((name) =>
  call.room.engine.pcManager[name].getRemoteDescription().sdp.match(/ice-ufrag:(\\S+)/)[1])`

async function resume(t: Test, { anna, ben, running }: People): Promise<void> {
  const sessions = () => running.sfu.rooms()[0]?.participants.map(({ joinedAtMs }) => joinedAtMs)
  const sessionsBefore = sessions()
  const before = await anna.evaluate<string[]>(serverUfrags)
  const since = await anna.eventCount()
  const startMs = performance.now()
  await anna.evaluate(`call.room.simulateScenario('signal-reconnect').then(() => true)`)
  await anna.untilEvent('reconnected', '', since)
  t.comment(`resume took ${Math.round(performance.now() - startMs)} ms`)
  await ben.until(near(440, 'anna'))
  await anna.until(near(880, 'ben'))
  t.strictSame(sessions(), sessionsBefore, 'a resumed session is the same')
  const after = await anna.evaluate<string[]>(serverUfrags)
  t.notOk(
    after.some((ufrag) => before.includes(ufrag)),
    'ICE was restarted on both connections',
  )
}

/** The first scenario makes a resume fail, after which the client joins anew; the second does so at once. */
async function reconnectFully(t: Test, { anna, ben }: People): Promise<void> {
  for (const scenario of ['resume-reconnect', 'full-reconnect']) {
    const since = await anna.eventCount()
    const startMs = performance.now()
    await anna.evaluate(`call.room.simulateScenario('${scenario}').then(() => true)`)
    await anna.untilEvent('reconnected', '', since)
    t.comment(`${scenario} took ${Math.round(performance.now() - startMs)} ms`)
    await ben.until(near(440, 'anna'))
    await anna.until(near(880, 'ben'))
    t.pass(`both hear each other after ${scenario}`)
  }
}

async function leave(t: Test, { anna, ben, running }: People): Promise<void> {
  const since = await ben.eventCount()
  await anna.evaluate('void call.room.disconnect()')
  const leftMs = await ben.untilEvent('participantDisconnected', 'anna', since)
  t.ok(leftMs < 1_000, `leaving is seen after ${Math.round(leftMs)} ms`)
  await ben.close()
  t.equal(
    running.sfu.rooms()[0]?.participants.length ?? 0,
    0,
    'nobody is listed after closing the page',
  )
}
