import t, { type Test } from 'tap'
import { Firefox } from '../../scripts/test/firefox.ts'
import { testInOwnNetwork } from '../../scripts/test/own-network.ts'
import { needs } from '../../scripts/test-needs.ts'
import {
  BrowserParticipant,
  callPages,
  openInChromium,
  openInFirefox,
  startChromium,
} from './test/browser-call.ts'
import { fullToken, startSfu } from './test/running-sfu.ts'

t.setTimeout(120_000)

await testInOwnNetwork(import.meta.filename, {
  name: 'livekit-client in Firefox and in Chromium make a call',
  skip: needs('chromium', 'firefox', 'worker'),
  run: makeCall,
})

async function makeCall(t: Test, address: string): Promise<void> {
  const running = await startSfu({ page: await callPages(), address })
  t.teardown(() => running.stop())
  const chromium = await startChromium()
  t.teardown(() => chromium.close())
  const firefox = await Firefox.start()
  t.teardown(() => firefox.close())
  const at = { url: running.url, client: 'livekit-client' } as const
  const anna = new BrowserParticipant(await openInChromium(chromium, at))
  const fox = new BrowserParticipant(await openInFirefox(firefox, at))
  for (const [who, identity] of [
    [anna, 'anna'],
    [fox, 'fox'],
  ] as const) {
    const token = await fullToken(running.sfu, 'a room', identity)
    await who.evaluate(`call.join('${running.url}', '${token}')`)
  }
  await exchangeMedia(t, anna, fox)
  await exchangeData(t, anna, fox)
  await resumeAndLeave(t, anna, fox)
}

async function exchangeMedia(t: Test, anna: BrowserParticipant, fox: BrowserParticipant) {
  const sees = (who: string) => `call.seen('${who}', 'camera').spread > 30`
  await anna.evaluate('call.publishTone(440)')
  // Without a sound card Firefox plays nothing: what can be seen is that the sound is decoded.
  await fox.until('call.samples().then((samples) => samples > 24_000)')
  t.pass('sound reaches Firefox')
  await fox.evaluate('call.publishPicture()')
  await anna.until(sees('fox'))
  t.pass('a picture comes from Firefox')
  const since = await fox.eventCount()
  await anna.evaluate('call.publishPicture()')
  await fox.until(sees('anna'))
  await anna.evaluate('call.unpublishPicture()')
  await fox.untilEvent('trackUnsubscribed', 'anna camera', since)
  await anna.evaluate('call.publishPicture()')
  await fox.until(sees('anna'))
  t.pass('pictures reach Firefox, also in a section used before')
}

async function exchangeData(t: Test, anna: BrowserParticipant, fox: BrowserParticipant) {
  for (const [from, to, name] of [
    [fox, anna, 'fox'],
    [anna, fox, 'anna'],
  ] as const) {
    const send = `publishData(new TextEncoder().encode('hi'), { reliable: true })`
    await from.evaluate(`call.room.localParticipant.${send}.then(() => true)`)
    await to.until(`call.messages.some(({ text, from }) => text === 'hi' && from === '${name}')`)
    t.pass(`data arrives from ${name}`)
  }
}

async function resumeAndLeave(t: Test, anna: BrowserParticipant, fox: BrowserParticipant) {
  const since = await anna.eventCount()
  const samples = await fox.evaluate<number>('call.samples()')
  await fox.evaluate(`call.room.simulateScenario('signal-reconnect').then(() => true)`)
  await fox.untilEvent('reconnected')
  await fox.until(`call.samples().then((samples) => samples > ${samples} + 48_000)`)
  t.pass('Firefox resumes')
  await fox.evaluate('void call.room.disconnect()')
  await anna.untilEvent('participantDisconnected', 'fox', since)
  t.pass('Firefox leaves')
}
