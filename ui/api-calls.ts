/**
 * The wire types of the calls page (`#api` hands them on). Types only: nothing here runs. Rates are
 * bits per second, times milliseconds since the Unix epoch. A figure is `undefined` until measured.
 */

import type { MediaPath, TrackKind } from './api.ts'
import type { Verdict } from './api-verdict.ts'

/** Somebody in a call, by name. */
export type CallMember = Readonly<{ room: string; identity: string; name: string }>

/** How packets fare one way. Loss is a percentage of the last interval's packets. */
export type LinkQuality = Readonly<{
  lossPercent: number | undefined
  jitterMs: number | undefined
  rttMs: number | undefined
  bitsPerSecond: number
}>

/** A track that somebody publishes, as it arrives here. */
export type CallTrack = Readonly<{
  sid: string
  kind: TrackKind
  muted: boolean
  /** `opus`, `VP8` … ; `undefined` until media came. */
  codec: string | undefined
  link: LinkQuality
  /** mediasoup's, 0 (nothing arrives) to 10 (perfect). */
  score: number | undefined
  /** How often an unmuted video stood still for two seconds or more, and for how long in all. */
  freezes: number
  frozenSeconds: number
  /** Asked of the publisher since the start: packets again, whole pictures. */
  nacks: number
  keyFrameRequests: number
}>

/** A track on its way to one participant. */
export type ReceivedTrack = Readonly<{
  trackSid: string
  /** Whose it is. */
  from: string
  kind: TrackKind
  paused: boolean
  link: LinkQuality
  score: number | undefined
}>

/** One person in a call, with everything that is measured of their media. */
export type CallParticipant = Readonly<{
  sid: string
  identity: string
  name: string
  joinedAtMs: number
  /** From joining to media; `undefined` while it does not flow. */
  connectMs: number | undefined
  quality: 'excellent' | 'good' | 'poor' | 'lost' | undefined
  path: MediaPath | undefined
  /** Where their media comes from: the person's own address, also where TURN stands between. */
  address: string | undefined
  /** The software, as it names itself: `livekit-client 2.23.0, Chrome 156, Linux`. */
  client: string
  up: LinkQuality
  down: LinkQuality
  publishes: readonly CallTrack[]
  receives: readonly ReceivedTrack[]
}>

/** What happened in a call. */
export type CallEventType =
  | 'joined'
  | 'connected'
  | 'path'
  | 'disconnected'
  | 'reconnected'
  | 'published'
  | 'unpublished'
  | 'muted'
  | 'unmuted'
  | 'loss'
  | 'freeze'
  | 'refused'
  | 'left'
  | 'admin'
  | 'ended'

/** One line of a call's timeline; `text` says it in words, without the name of `who`. */
export type CallEvent = Readonly<{
  atMs: number
  type: CallEventType
  who: Readonly<{ identity: string; name: string }> | undefined
  text: string
}>

/** `GET /api/admin/calls/:name`. */
export type CallDetails = Readonly<{
  name: string
  sid: string
  atMs: number
  startedAtMs: number
  /** `undefined` while it runs. */
  endedAtMs: number | undefined
  participants: readonly CallParticipant[]
  /** Oldest first; the earliest are dropped from long ones. */
  events: readonly CallEvent[]
  findings: readonly Verdict[]
}>

/** A call in the list. */
export type CallSummary = Readonly<{
  name: string
  sid: string
  startedAtMs: number
  endedAtMs: number | undefined
  participants: number
  /** The most at once. */
  mostParticipants: number
  /** How many of those here now have a poor connection, or none. */
  unhappy: number
}>

/** `GET /api/admin/calls`: those that run, and the latest that ended. */
export type CallList = Readonly<{
  atMs: number
  running: readonly CallSummary[]
  ended: readonly CallSummary[]
  findings: readonly Verdict[]
}>
