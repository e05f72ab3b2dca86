import process from 'node:process'
import t, { type Test } from 'tap'
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

t.setTimeout(120_000)

/** Set in the network namespace where this file runs itself: Firefox does no ICE over loopback. */
const insideAddress = process.env['CALLBOX_TEST_ADDRESS']
const address = '10.99.0.1'
const prepareNetwork = [
  'ip link set lo up',
  'ip link add v0 type veth peer name v1',
  `ip addr add ${address}/24 dev v0`,
  'ip link set v0 up',
  'ip link set v1 up',
  'ip route add default via 10.99.0.2',
].join(' && ')

const name = 'livekit-client in Firefox and in Chromium make a call'
const isRoot = process.getuid?.() === 0
const skip = isRoot
  ? await reasonToSkip(chromiumPath, firefoxPath)
  : 'only root may make a network namespace'

if (insideAddress) t.test(name, (t) => makeCall(t, insideAddress))
else if (skip) t.test(name, { skip }, async () => undefined)
else {
  const script = `${prepareNetwork} && exec "$0" "$1"`
  const args = ['-n', 'sh', '-c', script, process.execPath, import.meta.filename]
  const env = { ...process.env, CALLBOX_TEST_ADDRESS: address }
  await t.spawn('unshare', args, { env, name: `${name}, in a network of their own` })
}

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
