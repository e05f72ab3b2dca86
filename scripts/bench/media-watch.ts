import { setTimeout as delay } from 'node:timers/promises'
import { createMediaPlane } from '../../sfu/media/mediasoup-plane.ts'
import { announceTrack, publishTrack } from '../../sfu/room/publishing.ts'
import { receiveTrack } from '../../sfu/room/receiving.ts'
import { defaultRoomLimits } from '../../sfu/room/room.ts'
import { Rooms } from '../../sfu/room/rooms.ts'
import { everything, microphone, silentLog } from '../../sfu/room/test/fake-room.ts'
import { snapshotCall } from '../../sfu/snapshot.ts'
import { processorSeconds } from './processor-time.ts'

/**
 * Measures what it costs to watch a call's media: everybody talks to everybody else on a real media worker,
 * though no packet flows.
 *
 *   node scripts/bench/media-watch.ts [people] [tracks of each]     MEDIASOUP_WORKER_BIN names the worker
 */
const [PEOPLE = 30, TRACKS = 2] = process.argv.slice(2).map(Number)
const MEASURED_SECONDS = 30

const say = (line: string) => process.stdout.write(`${line}\n`)

const worker = process.env['MEDIASOUP_WORKER_BIN']
const plane = createMediaPlane({
  workers: 1,
  ports: [{ udp: 0, tcp: 0 }],
  listen: [{ ip: '127.0.0.1' }],
  log: silentLog,
  ...(worker === undefined ? {} : { workerBin: worker }),
})
await plane.start()
const rooms = new Rooms({
  plane,
  limits: { ...defaultRoomLimits, joinMs: 3_600_000 },
  clock: {
    nowMs: Date.now,
    after: (delayMs, task) => {
      const timer = setTimeout(task, delayMs)
      return () => clearTimeout(timer)
    },
  },
  log: silentLog,
})
const room = await rooms.open('measured')
const nothing = () => undefined
const door = {
  participantChanged: nothing,
  subscriptionsChanged: nothing,
  trackUnpublished: nothing,
  trackMuted: nothing,
  streamPaused: nothing,
  subscriptionPermissionChanged: nothing,
  speakersChanged: nothing,
  qualityChanged: nothing,
  roomChanged: nothing,
  dataArrived: nothing,
  departed: nothing,
}

for (let n = 0; n < PEOPLE; n++) {
  const participant = await room.join({
    identity: `person ${n}`,
    name: '',
    kind: 'standard',
    metadata: '',
    attributes: new Map(),
    permissions: everything,
    autoSubscribe: true,
    clientProtocol: 0,
    createDoor: () => door,
  })
  if (participant === undefined) throw new Error('no place in the room')
  participant.state = 'active'
  for (let mid = 0; mid < TRACKS; mid++) {
    const announced = announceTrack(room, participant, microphone)
    if (!announced.ok) throw new Error(announced.fault)
    const rtpParameters = opus(String(mid), 1_000 + mid)
    const published = await publishTrack(room, announced.value, { mid: String(mid), rtpParameters })
    if (!published.ok) throw new Error(published.fault)
  }
}
let consumers = 0
for (const receiver of room.participants.values()) {
  for (const sender of room.participants.values()) {
    if (sender === receiver) continue
    for (const track of sender.publishedTracks()) {
      const options = { capabilities: room.capabilities, mid: `${consumers}` }
      const consumer = await receiveTrack(room, receiver, { track, options })
      await consumer?.resume()
      consumers += 1
    }
  }
}
say(`people, tracks, consumers   ${PEOPLE}, ${PEOPLE * TRACKS}, ${consumers}`)

const pids = { node: process.pid, worker: plane.stats().workers[0]?.pid ?? 0 }
const used = () => ({ node: processorSeconds(pids.node), worker: processorSeconds(pids.worker) })
const before = used()
await delay(MEASURED_SECONDS * 1000)
const after = used()
for (const kind of ['node', 'worker'] as const) {
  const percent = (100 * (after[kind] - before[kind])) / MEASURED_SECONDS
  say(`${kind.padEnd(28)}${percent.toFixed(2)} % of one core`)
}

const startedMs = process.cpuUsage().user
const ROUNDS = 100
for (let n = 0; n < ROUNDS; n++) snapshotCall(room)
const micros = (process.cpuUsage().user - startedMs) / ROUNDS
say(`a look at the whole call    ${(micros / 1000).toFixed(2)} ms`)

room.close('roomClosed')
await plane.close()

function opus(mid: string, ssrc: number) {
  return {
    mid,
    codecs: [{ mimeType: 'audio/opus' as const, payloadType: 109, clockRate: 48_000, channels: 2 }],
    headerExtensions: [{ id: 3, uri: 'urn:ietf:params:rtp-hdrext:sdes:mid' as const }],
    encodings: [{ ssrc }],
    rtcp: { cname: 'cname' },
  }
}
