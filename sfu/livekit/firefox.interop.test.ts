import t from 'tap'
import { Firefox, firefoxPath } from '../media/test/firefox.ts'
import {
  BrowserParticipant,
  callPages,
  chromiumPath,
  openInChromium,
  openInFirefox,
  startChromium,
} from './test/browser-call.ts'
import { fullToken, reasonToSkip, startSfu } from './test/running-sfu.ts'

const skip = await reasonToSkip(chromiumPath, firefoxPath)
const hears = (who: string, hertz: number) => `Math.abs(call.heard('${who}') - ${hertz}) < 30`

t.setTimeout(120_000)

t.test('livekit-client in Firefox and in Chromium make a call', { skip }, async (t) => {
  const running = await startSfu({ page: await callPages() })
  t.teardown(() => running.stop())
  const chromium = await startChromium()
  t.teardown(() => chromium.close())
  const firefox = await Firefox.start()
  t.teardown(() => firefox.close())
  const address = { port: running.port, client: 'livekit-client' } as const
  const anna = new BrowserParticipant(await openInChromium(chromium, address))
  const fox = new BrowserParticipant(await openInFirefox(firefox, address))
  for (const [who, identity] of [
    [anna, 'anna'],
    [fox, 'fox'],
  ] as const) {
    const token = await fullToken(running.sfu, 'a room', identity)
    await who.evaluate(`call.join('${running.url}', '${token}')`)
  }

  await anna.evaluate('call.publishTone(440)')
  await fox.evaluate('call.publishTone(880)')
  await fox.until(hears('anna', 440))
  await anna.until(hears('fox', 880))
  t.pass('both hear each other')

  await fox.evaluate('call.publishPicture()')
  await anna.evaluate('call.publishPicture()')
  await anna.until(
    `call.seen('fox', 'camera').frames > 5 && call.seen('fox', 'camera').spread > 30`,
  )
  await fox.until(
    `call.seen('anna', 'camera').frames > 5 && call.seen('anna', 'camera').spread > 30`,
  )
  t.pass('both see each other')

  await anna.evaluate('call.room.localParticipant.setScreenShareEnabled(true).then(() => true)')
  await fox.until(`call.seen('anna', 'screen_share').frames > 0`)
  await anna.evaluate('call.room.localParticipant.setScreenShareEnabled(false).then(() => true)')
  await fox.untilEvent('trackUnsubscribed', 'anna screen_share')
  await anna.evaluate('call.room.localParticipant.setScreenShareEnabled(true).then(() => true)')
  await fox.until(`call.seen('anna', 'screen_share').frames > 0`)
  t.pass('a screen is seen in Firefox, also in a section used before')

  const send = `call.room.localParticipant.publishData(new TextEncoder().encode('hi'), { reliable: true })`
  await fox.evaluate(`${send}.then(() => true)`)
  await anna.until(`call.messages.some(({ text, from }) => text === 'hi' && from === 'fox')`)
  t.pass('data arrives from Firefox')

  await fox.evaluate(
    `call.room.localParticipant.getTrackPublication('microphone').mute().then(() => true)`,
  )
  await anna.until(`call.heard('fox') === undefined`)
  t.pass('a mute in Firefox silences')

  const since = await anna.eventCount()
  await fox.evaluate(`call.room.simulateScenario('signal-reconnect').then(() => true)`)
  await fox.untilEvent('reconnected')
  await fox.until(hears('anna', 440))
  t.pass('Firefox resumes with restarted ICE')
  await fox.evaluate('void call.room.disconnect()')
  await anna.untilEvent('participantDisconnected', 'fox', since)
})
