import type { TransportStats } from './media/media-plane.ts'
import type { Participant } from './room/participant.ts'
import type { Room } from './room/room.ts'
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
      participants: [...room.participants.values()].map(snapshotParticipant),
    }))
}

function snapshotParticipant(participant: Participant): ParticipantSnapshot {
  return {
    identity: participant.identity,
    name: participant.name,
    joinedAtMs: participant.joinedAtMs,
    transport: participant.path,
    tracks: participant.publishedTracks().map((track) => ({
      sid: track.sid,
      kind: track.description.kind,
      source: track.description.source,
      muted: track.muted,
    })),
  }
}
