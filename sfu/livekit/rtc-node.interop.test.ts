import {
  AudioFrame,
  AudioSource,
  AudioStream,
  DataPacketKind,
  dispose,
  LocalAudioTrack,
  type LocalTrackPublication,
  type Participant,
  type RemoteParticipant,
  type RemoteTrack,
  Room,
  RoomEvent,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node'
import t, { type Test } from 'tap'
import { needs } from '../../scripts/test-needs.ts'
import { fullToken, type RunningSfu, startSfu } from './test/running-sfu.ts'
import { isToneIn, nextTone } from './test/tone.ts'

const sampleRate = 48_000
const frameSamples = 480
const toneHertz = 440

t.setTimeout(60_000)

const skip = needs('worker')

t.test('two @livekit/rtc-node clients (libwebrtc) make a call', { skip }, async (t) => {
  const running = await startSfu()
  t.teardown(() => dispose())
  t.teardown(() => running.stop())
  const anna = await connect(running, 'anna')
  const ben = await connect(running, 'ben')
  const tone = await hearTone(t, anna, ben)
  await sendData(t, anna, ben)
  await changeAttributes(t, anna, ben)
  await unpublish(t, { anna, ben, publication: tone.publication })
  await tone.stop()
  const left = eventOf<[RemoteParticipant]>(ben, RoomEvent.ParticipantDisconnected)
  const startMs = performance.now()
  await anna.disconnect()
  const [who] = await left
  t.equal(who.identity, 'anna')
  t.ok(performance.now() - startMs < 1_000, 'leaving is seen in less than a second')
  await ben.disconnect()
})

async function connect(running: RunningSfu, identity: string): Promise<Room> {
  const room = new Room()
  const token = await fullToken(running.sfu, 'a room', identity)
  await room.connect(running.url, token, { autoSubscribe: true, dynacast: false })
  return room
}

/** Anna plays a tone until `stop`; resolves when Ben has heard it. */
async function hearTone(t: Test, anna: Room, ben: Room) {
  const startMs = performance.now()
  const subscribed = eventOf<[RemoteTrack]>(ben, RoomEvent.TrackSubscribed)
  const source = new AudioSource(sampleRate, 1)
  const track = LocalAudioTrack.createAudioTrack('tone', source)
  const options = new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE })
  const publication = await local(anna).publishTrack(track, options)
  let playing = true
  const played = (async () => {
    for (const samples of nextTone(toneHertz, { sampleRate, frameSamples })) {
      if (!playing) return
      await source.captureFrame(new AudioFrame(samples, sampleRate, 1, frameSamples))
    }
  })()
  const [remote] = await subscribed
  const reader = new AudioStream(remote, sampleRate, 1).getReader()
  for (;;) {
    const { value } = await reader.read()
    if (value && isToneIn(value.data, toneHertz, sampleRate)) break
  }
  await reader.cancel()
  t.pass(`the tone is heard ${Math.round(performance.now() - startMs)} ms after publishing it`)
  const stop = async () => {
    playing = false
    await played
  }
  return { publication, stop }
}

async function sendData(t: Test, anna: Room, ben: Room): Promise<void> {
  for (const reliable of [true, false]) {
    const arrived = eventOf<[Uint8Array, RemoteParticipant, DataPacketKind, string]>(
      ben,
      RoomEvent.DataReceived,
    )
    const sent = new TextEncoder().encode(`reliable: ${reliable}`)
    await local(anna).publishData(sent, { reliable, topic: 'a topic' })
    const [payload, from, kind, topic] = await arrived
    t.equal(new TextDecoder().decode(payload), `reliable: ${reliable}`, 'the data arrives')
    t.equal(from.identity, 'anna', 'with its true sender')
    t.equal(
      kind,
      reliable ? DataPacketKind.KIND_RELIABLE : DataPacketKind.KIND_LOSSY,
      'on its channel',
    )
    t.equal(topic, 'a topic', 'with its topic')
  }
}

async function changeAttributes(t: Test, anna: Room, ben: Room): Promise<void> {
  const changed = eventOf<[Record<string, string>, Participant]>(
    ben,
    RoomEvent.ParticipantAttributesChanged,
  )
  await local(anna).setAttributes({ hand: 'up' })
  const [attributes, who] = await changed
  t.same(attributes, { hand: 'up' }, 'an attribute arrives')
  t.equal(who.identity, 'anna')
}

/** Unpublishes; this client cannot mute. */
async function unpublish(
  t: Test,
  call: Readonly<{ anna: Room; ben: Room; publication: LocalTrackPublication }>,
): Promise<void> {
  const { anna, ben, publication } = call
  const unpublished = eventOf(ben, RoomEvent.TrackUnpublished)
  await local(anna).unpublishTrack(publication.sid ?? '')
  await unpublished
  t.pass('an unpublish is seen')
}

function local(room: Room) {
  if (room.localParticipant === undefined) throw new Error('not connected')
  return room.localParticipant
}

function eventOf<Args extends unknown[]>(room: Room, event: RoomEvent): Promise<Args> {
  const { promise, resolve } = Promise.withResolvers<Args>()
  room.once(event, (...args: unknown[]) => resolve(args as Args))
  return promise
}
