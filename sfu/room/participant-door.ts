import type { Participant } from './participant.ts'
import type { Track } from './track.ts'

/** Why a participant is out of its room. */
export type DepartureReason =
  | 'clientLeft'
  | 'duplicateIdentity'
  | 'serverShutdown'
  | 'removed'
  | 'roomDeleted'
  | 'roomClosed'
  | 'stateMismatch'
  | 'joinFailure'
  | 'connectionTimeout'
  | 'mediaFailure'
  | 'signalClosed'

/** How loud a participant is: level from 0 to 1. */
export type Speaker = Readonly<{ participantSid: string; level: number; active: boolean }>

/** How well a participant's media travels. */
export type ConnectionQuality = Readonly<{
  participantSid: string
  quality: 'excellent' | 'good' | 'poor' | 'lost'
}>

/** A data message between participants, in the protocol of the sender's front door. */
export type DataMessage = Readonly<{
  protocol: 'livekit' | 'rtcd'
  reliable: boolean
  bytes: Uint8Array
}>

/** What a room tells the front door of each participant. Calls never throw and never wait. */
export interface ParticipantDoor {
  /** Somebody visible, or the participant itself, joined, changed or left (`state` says which). */
  participantChanged(participant: Participant): void
  /** The tracks that the participant should receive may be others than before. */
  subscriptionsChanged(): void
  /** One of its own tracks was ended by the room, not by itself. */
  trackUnpublished(track: Track): void
  /** One of its own tracks was muted by an admin, not by itself. */
  trackMuted(track: Track): void
  /** Media of the track stopped (`paused`) or came back, because the network cannot carry it. */
  streamPaused(track: Track, paused: boolean): void
  /** Whether a track is allowed to it by the publisher has changed. */
  subscriptionPermissionChanged(track: Track, allowed: boolean): void
  /** Only changes; who falls silent comes once with level 0. */
  speakersChanged(speakers: readonly Speaker[]): void
  /** Only changes. */
  qualityChanged(qualities: readonly ConnectionQuality[]): void
  /** The room's number of participants changed. */
  roomChanged(): void
  dataArrived(message: DataMessage): void
  /** It is out of the room; said once, last. */
  departed(reason: DepartureReason): void
}
