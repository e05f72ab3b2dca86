/**
 * The wire types that the server and the browser share (`#api`). Types only: nothing here runs.
 * Rates are bits per second, sizes bytes, times milliseconds since the Unix epoch.
 */

import type { CertificateAlarm } from './api-certificate.ts'
import type { TurnSelfTest } from './api-turn.ts'

export type * from './api-certificate.ts'
export type * from './api-turn.ts'

/** What a published track carries, in LiveKit's words. */
export type TrackKind = 'microphone' | 'camera' | 'screen_share' | 'screen_share_audio' | 'other'

/** How many published, unmuted tracks there are of each kind. */
export type TrackCounts = Readonly<Record<TrackKind, number>>

/** One running call as the dashboard lists it. */
export type RoomStatus = Readonly<{
  name: string
  startedAtMs: number
  participants: readonly ParticipantStatus[]
}>

/** One person in a call. `path` is how their media travels, `undefined` until it does. */
export type ParticipantStatus = Readonly<{
  identity: string
  name: string
  joinedAtMs: number
  path: 'udp' | 'tcp' | 'turn-udp' | 'turn-tcp' | 'turn-tls' | undefined
  tracks: readonly Readonly<{ kind: TrackKind; muted: boolean }>[]
}>

/** The verdict of one of the appliance's services. */
export type ServiceStatus = Readonly<{ name: string; ok: boolean; detail: string }>

/** `GET /api/admin/status`: the facts behind the dashboard. */
export type Status = Readonly<{
  version: string
  atMs: number
  uptimeSeconds: number
  cpu: Readonly<{
    totalPercent: number
    perCorePercent: readonly number[]
    loadAverage1m: number
  }>
  memory: Readonly<{ totalBytes: number; usedBytes: number; processRssBytes: number }>
  network: Readonly<{
    receivedBitsPerSecond: number
    sentBitsPerSecond: number
    interfaces: readonly Readonly<{
      name: string
      receivedBitsPerSecond: number
      sentBitsPerSecond: number
    }>[]
  }>
  rooms: readonly RoomStatus[]
  participants: number
  tracks: Readonly<{ active: TrackCounts; published: number }>
  turn: Readonly<{
    allocations: number
    byTransport: Readonly<Record<'udp' | 'tcp' | 'tls', number>>
    receivedBitsPerSecond: number
    sentBitsPerSecond: number
  }>
  /** The relay's self-test, in short: absent where there is no relay. */
  relay?: TurnSelfTest
  /** What is wrong with the certificate: absent while nothing is. */
  certificate?: CertificateAlarm | undefined
  kernel: Readonly<{
    udpReceiveBufferErrors: number
    rmemMaxBytes: number
    wmemMaxBytes: number
    optmemMaxBytes: number
  }>
  services: readonly ServiceStatus[]
}>

/** One second of history; what the charts draw. */
export type HistoryPoint = Readonly<{
  atMs: number
  cpuTotalPercent: number
  cpuPerCorePercent: readonly number[]
  receivedBitsPerSecond: number
  sentBitsPerSecond: number
  participants: number
  tracks: TrackCounts
  turnAllocations: number
}>

/** Server to browser on the dashboard's WebSocket: first `history`, then a `status` each second. */
export type LiveMessage =
  | Readonly<{ type: 'history'; points: readonly HistoryPoint[] }>
  | Readonly<{ type: 'status'; status: Status; point: HistoryPoint }>

/** Every JSON error of the API: a stable code, and a sentence that says what to do. */
export type ApiError = Readonly<{ error: Readonly<{ code: string; message: string }> }>

/** `GET /readyz`: whether every service can serve. */
export type Readiness = Readonly<{ ready: boolean; services: readonly ServiceStatus[] }>

/**
 * `GET /api/admin/session`, and the answer to log-in and set-up: what the admin page shows next.
 * `csrf` goes back in the header `x-csrf-token` of every request that changes something.
 */
export type AdminSession =
  | Readonly<{ state: 'needs-setup' }>
  | Readonly<{ state: 'logged-out' }>
  | Readonly<{ state: 'logged-in'; csrf: string }>

/** `POST /api/admin/join-links`: lets whoever has it into a room, each as a person of their own. */
export type JoinLink = Readonly<{ url: string; room: string; expiresAtMs: number }>

/** `POST /api/call/:room/token`: a LiveKit access token for the caller. */
export type CallToken = Readonly<{ token: string }>
