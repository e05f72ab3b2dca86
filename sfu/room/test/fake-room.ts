import { FakeMediaPlane } from '../../media/fake-media-plane.ts'
import type { Log } from '../ambient.ts'
import type { Participant, ParticipantOptions } from '../participant.ts'
import type { ParticipantDoor } from '../participant-door.ts'
import type { Permissions } from '../permissions.ts'
import { announceTrack, publishTrack } from '../publishing.ts'
import { defaultRoomLimits, type Room, type RoomLimits } from '../room.ts'
import { Rooms } from '../rooms.ts'
import type { Track, TrackDescription } from '../track.ts'
import { FakeClock } from './fake-clock.ts'

/** A log that keeps nothing. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}

/** May do everything, in sight. */
export const everything: Permissions = {
  canPublish: true,
  canPublishSources: [],
  canSubscribe: true,
  canPublishData: true,
  canUpdateOwnMetadata: true,
  hidden: false,
}

/** A door that writes down what its participant is told, one text a call. */
class RecordingDoor implements ParticipantDoor {
  readonly heard: string[] = []

  participantChanged({ identity, state, version }: Participant): void {
    this.heard.push(`${identity} ${state} v${version}`)
  }
  subscriptionsChanged(): void {}
  trackUnpublished(track: Track): void {
    this.heard.push(`own ${track.description.source} ended`)
  }
  trackMuted(track: Track): void {
    this.heard.push(`own ${track.description.source} muted`)
  }
  streamPaused(_track: Track, paused: boolean): void {
    this.heard.push(`stream ${paused ? 'paused' : 'flows'}`)
  }
  subscriptionPermissionChanged(track: Track, allowed: boolean): void {
    this.heard.push(`${track.description.source} ${allowed ? 'allowed' : 'denied'}`)
  }
  speakersChanged: ParticipantDoor['speakersChanged'] = (speakers) => {
    this.heard.push(...speakers.map(({ active }) => `somebody ${active ? 'speaks' : 'is silent'}`))
  }
  qualityChanged: ParticipantDoor['qualityChanged'] = (qualities) => {
    this.heard.push(...qualities.map(({ quality }) => `quality ${quality}`))
  }
  roomChanged(): void {}
  dataArrived: ParticipantDoor['dataArrived'] = ({ bytes }) => {
    this.heard.push(`data ${Buffer.from(bytes).toString()}`)
  }
  departed: ParticipantDoor['departed'] = (reason) => {
    this.heard.push(`departed ${reason}`)
  }

  /** What was heard since the last call. */
  take(): string[] {
    return this.heard.splice(0)
  }
}

/** Rooms on a fake plane, with a clock that stands. */
export class FakeRooms {
  readonly plane = new FakeMediaPlane()
  readonly clock = new FakeClock()
  readonly rooms: Rooms

  constructor(limits: Partial<RoomLimits> = {}) {
    this.rooms = new Rooms({
      plane: this.plane,
      limits: { ...defaultRoomLimits, ...limits },
      clock: this.clock,
      log: silentLog,
    })
  }

  /** Lets somebody into a room; throws when there is no place. */
  async join(
    room: Room,
    identity: string,
    options: Partial<ParticipantOptions> = {},
  ): Promise<Readonly<{ participant: Participant; door: RecordingDoor }>> {
    const door = new RecordingDoor()
    const participant = await room.join({
      identity,
      name: identity,
      kind: 'standard',
      metadata: '',
      attributes: new Map(),
      permissions: everything,
      autoSubscribe: true,
      clientProtocol: 0,
      createDoor: () => door,
      ...options,
    })
    if (participant === undefined) throw new Error(`${identity} could not join`)
    return { participant, door }
  }
}

/** A microphone, muted or not. */
export const microphone: TrackDescription = {
  kind: 'audio',
  source: 'microphone',
  name: 'microphone',
  clientId: 'cid',
  muted: false,
  width: 0,
  height: 0,
  layers: [],
  disableDtx: false,
  stereo: false,
  disableRed: false,
  encryption: 'none',
  stream: 'camera',
  audioFeatures: [],
}

/** Publishes an Opus track; throws when it is refused. */
export async function publish(
  room: Room,
  participant: Participant,
  description: TrackDescription = microphone,
): Promise<Track> {
  const announced = announceTrack(room, participant, description)
  if (!announced.ok) throw new Error(announced.fault)
  const mid = String(participant.tracks.size)
  const published = await publishTrack(room, announced.value, { mid, rtpParameters: opus(mid) })
  if (!published.ok) throw new Error(published.fault)
  return announced.value
}

function opus(mid: string) {
  return {
    mid,
    codecs: [{ mimeType: 'audio/opus' as const, payloadType: 109, clockRate: 48_000, channels: 2 }],
    encodings: [{ ssrc: 1_000 + Number(mid) }],
    rtcp: { cname: 'cname' },
  }
}
