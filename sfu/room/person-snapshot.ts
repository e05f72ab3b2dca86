import type { ConsumerMedia } from '../media/media-plane.ts'
import { type Link, noLink } from './link.ts'
import type { Participant } from './participant.ts'
import type { ConnectionQuality } from './participant-door.ts'
import type { Room } from './room.ts'
import type { PersonLinks } from './room-figures.ts'
import type { Route } from './timeline.ts'
import type { Track, TrackSource } from './track.ts'

/** Somebody in a call, with all that is measured of their media. Times are milliseconds since the Unix epoch. */
export type PersonSnapshot = Readonly<{
  sid: string
  identity: string
  name: string
  joinedAtMs: number
  /** From joining to media; `undefined` while it never flowed. */
  connectMs: number | undefined
  quality: ConnectionQuality['quality'] | undefined
  /** How their media travels, `undefined` until it does. */
  route: Route | undefined
  client: string | undefined
  links: PersonLinks
  publishes: readonly PublishedSnapshot[]
}>

/** A track as it arrives. `codec` is `undefined` until media came. */
export type PublishedSnapshot = Readonly<{
  sid: string
  source: TrackSource
  muted: boolean
  codec: string | undefined
  link: Link
  score: number | undefined
  freezes: number
  frozenMs: number
  nacks: number
  keyFrameRequests: number
}>

/** A track on its way to somebody. */
export type ReceivedSnapshot = Readonly<{
  trackSid: string
  /** Whose it is, by identity. */
  from: string
  source: TrackSource
  paused: boolean
  link: Link
  score: number | undefined
}>

/** What is measured of somebody and of what they send. */
export function snapshotPerson(room: Room, participant: Participant): PersonSnapshot {
  const { sid, identity, name, joinedAtMs, connectedAtMs, quality, client } = participant
  return {
    sid,
    identity,
    name,
    joinedAtMs,
    connectMs: connectedAtMs === undefined ? undefined : connectedAtMs - joinedAtMs,
    quality,
    route: participant.path,
    client,
    links: room.figures.ofPerson(participant),
    publishes: participant.publishedTracks().map((track) => snapshotPublished(room, track)),
  }
}

/** What is measured of what somebody receives; `tracks` are those of the room, by sid. */
export function snapshotReceived(
  room: Room,
  receiver: Participant,
  tracks: ReadonlyMap<string, Track>,
): ReceivedSnapshot[] {
  const received: ReceivedSnapshot[] = []
  // By what they receive: to look at everybody for everybody takes a second where a thousand listen.
  for (const [sid, consumer] of receiver.consumers) {
    const track = tracks.get(sid)
    if (track) received.push(snapshotConsumer(room, track, consumer))
  }
  return received
}

function snapshotConsumer(room: Room, track: Track, consumer: ConsumerMedia): ReceivedSnapshot {
  const paused = consumer.paused || track.muted
  return {
    trackSid: track.sid,
    from: track.participant.identity,
    source: track.description.source,
    paused,
    link: paused ? noLink : toLink(room.figures.ofConsumer(consumer)),
    score: paused ? undefined : consumer.score(),
  }
}

function snapshotPublished(room: Room, track: Track): PublishedSnapshot {
  const latest = room.figures.ofTrack(track)
  const stillness = room.figures.stillnessOf(track)
  return {
    sid: track.sid,
    source: track.description.source,
    muted: track.muted,
    codec: latest && latest.packets > 0 ? track.mimeType.split('/')[1] : undefined,
    link: toLink(latest),
    score: track.muted ? undefined : track.producer?.score(),
    freezes: stillness.freezes,
    frozenMs: stillness.frozenMs(room.clock.nowMs()),
    nacks: latest?.nacks ?? 0,
    keyFrameRequests: latest?.keyFrameRequests ?? 0,
  }
}

function toLink(link: Link = noLink): Link {
  const { lossPercent, jitterMs, rttMs, bitsPerSecond } = link
  return { lossPercent, jitterMs, rttMs, bitsPerSecond }
}
