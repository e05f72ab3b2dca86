import type { TransportStats } from './media/media-plane.ts'
import type { Participant } from './room/participant.ts'
import type { ConnectionQuality } from './room/participant-door.ts'
import {
  type PersonSnapshot,
  type ReceivedSnapshot,
  snapshotPerson,
  snapshotReceived,
} from './room/person-snapshot.ts'
import { tracksBySid } from './room/receiving.ts'
import type { Room } from './room/room.ts'
import type { PersonLinks } from './room/room-figures.ts'
import type { EndedRoom } from './room/rooms.ts'
import type { CallEvent } from './room/timeline.ts'
import type { TrackSource } from './room/track.ts'

/** A running call as a dashboard shows it. Times are milliseconds since the Unix epoch. */
export type RoomSnapshot = Readonly<{
  name: string
  startedAtMs: number
  /** The media worker's process. */
  workerPid: number
  participants: readonly ParticipantSnapshot[]
}>

/** Somebody in a call; `transport` is how their media travels, `undefined` until it does. */
export type ParticipantSnapshot = Readonly<{
  identity: string
  name: string
  joinedAtMs: number
  transport: TransportStats['tuple']
  quality: ConnectionQuality['quality'] | undefined
  links: PersonLinks
  tracks: readonly TrackSnapshot[]
}>

/** A published track. */
export type TrackSnapshot = Readonly<{
  sid: string
  kind: 'audio' | 'video'
  source: TrackSource
  muted: boolean
}>

/** The rooms that somebody is in. */
export function snapshotRooms(rooms: readonly Room[]): RoomSnapshot[] {
  return rooms
    .filter((room) => room.participants.size > 0)
    .map((room) => ({
      name: room.name,
      startedAtMs: room.startedAtMs,
      workerPid: room.media.workerPid,
      participants: [...room.participants.values()].map((one) => snapshotParticipant(room, one)),
    }))
}

function snapshotParticipant(room: Room, participant: Participant): ParticipantSnapshot {
  return {
    identity: participant.identity,
    name: participant.name,
    joinedAtMs: participant.joinedAtMs,
    transport: participant.path,
    quality: participant.quality,
    links: room.figures.ofPerson(participant),
    tracks: participant.publishedTracks().map((track) => ({
      sid: track.sid,
      kind: track.description.kind,
      source: track.description.source,
      muted: track.muted,
    })),
  }
}

/**
 * A call with all that is measured and noted. Of one that has ended, `people` are those who were there, as
 * they left, and nobody receives anything.
 */
export type CallSnapshot = Readonly<{
  name: string
  sid: string
  startedAtMs: number
  endedAtMs: number | undefined
  mostParticipants: number
  people: readonly CallPerson[]
  events: readonly CallEvent[]
}>

/** Somebody in a call, and what they receive. */
export type CallPerson = PersonSnapshot & Readonly<{ receives: readonly ReceivedSnapshot[] }>

/** A running call. */
export function snapshotCall(room: Room): CallSnapshot {
  const { name, sid, startedAtMs, record, timeline } = room
  const tracks = tracksBySid(room)
  return {
    name,
    sid,
    startedAtMs,
    endedAtMs: undefined,
    mostParticipants: record.mostParticipants,
    people: [...room.participants.values()].map((participant) => ({
      ...snapshotPerson(room, participant),
      receives: snapshotReceived(room, participant, tracks),
    })),
    events: [...timeline.events],
  }
}

/** A call that has ended. */
export function snapshotEnded({ people, ...room }: EndedRoom): CallSnapshot {
  return { ...room, people: people.map((person) => ({ ...person, receives: [] })) }
}
