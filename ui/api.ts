/**
 * The wire types that the server and the browser share (`#api`). Types only: nothing here runs.
 * Rates are bits per second, sizes bytes, times milliseconds since the Unix epoch.
 */

import type { Role } from './api-accounts.ts'
import type { CertificateAlarm } from './api-certificate.ts'
import type {
  AddressStatus,
  Capacity,
  ConnectStatus,
  CoreLoad,
  DiskStatus,
  KernelStatus,
  ProcessLoad,
  QualityStatus,
} from './api-machine.ts'
import type { TurnSelfTest } from './api-turn.ts'
import type { Health } from './api-verdict.ts'

export type * from './api-accounts.ts'
export type * from './api-calls.ts'
export type * from './api-certificate.ts'
export type * from './api-connect.ts'
export type * from './api-history.ts'
export type * from './api-machine.ts'
export type * from './api-settings.ts'
export type * from './api-turn.ts'
export type * from './api-verdict.ts'

/** What a published track carries, in LiveKit's words. */
export type TrackKind = 'microphone' | 'camera' | 'screen_share' | 'screen_share_audio' | 'other'

/** How many published, unmuted tracks there are of each kind. */
export type TrackCounts = Readonly<Record<TrackKind, number>>

/** One running call as the dashboard lists it. */
export type RoomStatus = Readonly<{
  name: string
  startedAtMs: number
  /** Of very many only some, those with a poor connection first. */
  participants: readonly ParticipantStatus[]
  /** How many are in it besides; absent when that is nobody. */
  more?: number
}>

/** How media travels between a person and the SFU. */
export type MediaPath = 'udp' | 'tcp' | 'turn-udp' | 'turn-tcp' | 'turn-tls'

/** One person in a call. `path` is how their media travels, `undefined` until it does. */
export type ParticipantStatus = Readonly<{
  identity: string
  name: string
  joinedAtMs: number
  path: MediaPath | undefined
  quality: 'excellent' | 'good' | 'poor' | 'lost' | undefined
  tracks: readonly Readonly<{ kind: TrackKind; muted: boolean }>[]
}>

/** The verdict of one of the appliance's services. */
export type ServiceStatus = Readonly<{ name: string; ok: boolean; detail: string }>

/** `GET /api/admin/status`: the facts behind the dashboard. */
export type Status = Readonly<{
  version: string
  atMs: number
  uptimeSeconds: number
  /** The line on top: everything that is wrong, the worst first. */
  health: Health
  address: AddressStatus
  cpu: Readonly<{
    totalPercent: number
    perCorePercent: readonly number[]
    loadAverage1m: number
    stealPercent: number
    softirqPercent: number
    cores: readonly CoreLoad[]
  }>
  processes: readonly ProcessLoad[]
  disk: DiskStatus | undefined
  memory: Readonly<{ totalBytes: number; usedBytes: number; processRssBytes: number }>
  network: Readonly<{
    receivedBitsPerSecond: number
    sentBitsPerSecond: number
    receivedPacketsPerSecond: number
    sentPacketsPerSecond: number
    /** What the network cards together can carry one way; `undefined` where none says. */
    linkBitsPerSecond: number | undefined
    interfaces: readonly Readonly<{
      name: string
      receivedBitsPerSecond: number
      sentBitsPerSecond: number
      linkBitsPerSecond: number | undefined
    }>[]
  }>
  rooms: readonly RoomStatus[]
  participants: number
  tracks: Readonly<{ active: TrackCounts; published: number }>
  /** How many people are on each path, and on which IP version; those without one are `connecting`. */
  paths: Readonly<Record<MediaPath | 'ipv4' | 'ipv6' | 'connecting', number>>
  quality: QualityStatus
  connects: ConnectStatus
  capacity: Capacity
  /** Alerts that fire and are not silenced. */
  alertsFiring: number
  turn: Readonly<{
    allocations: number
    byTransport: Readonly<Record<'udp' | 'tcp' | 'tls', number>>
    receivedBitsPerSecond: number
    sentBitsPerSecond: number
    /** Since the start. */
    rejections: readonly Readonly<{ code: number; why: string; count: number }>[]
    deniedPeers: number
  }>
  /** The relay's self-test, in short: absent where there is no relay. */
  relay?: TurnSelfTest
  /** What is wrong with the certificate: absent while nothing is. */
  certificate?: CertificateAlarm | undefined
  /** Whole days until the certificate ends; `undefined` without one. */
  certificateDaysLeft: number | undefined
  /** What is wrong with what the settings page saved: absent while nothing is. */
  settings?: Readonly<{ message: string; fix: string }> | undefined
  kernel: KernelStatus
  services: readonly ServiceStatus[]
}>

/**
 * One second of history, or what a longer step comes to; what the charts draw. Qualities are
 * `undefined` while nobody is in a call. Events of the kernel are counted within the step.
 */
export type HistoryPoint = Readonly<{
  atMs: number
  cpuTotalPercent: number
  cpuPerCorePercent: readonly number[]
  cpuStealPercent: number
  cpuSoftirqPercent: number
  /** The busiest media worker's share of one core. */
  mediaWorkerPercent: number
  memoryUsedBytes: number
  receivedBitsPerSecond: number
  sentBitsPerSecond: number
  receivedPacketsPerSecond: number
  sentPacketsPerSecond: number
  participants: number
  rooms: number
  tracks: TrackCounts
  turnAllocations: number
  turnBitsPerSecond: number
  paths: Readonly<Record<MediaPath, number>>
  lossUpPercent: number | undefined
  lossDownPercent: number | undefined
  jitterUpMs: number | undefined
  jitterDownMs: number | undefined
  rttMs: number | undefined
  udpReceiveBufferErrors: number
  socketDrops: number
  turnRejections: number
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
  | Readonly<{ state: 'logged-in'; csrf: string; name: string; role: Role }>

/** `POST /api/admin/join-links`: lets whoever has it into a room, each as a person of their own. */
export type JoinLink = Readonly<{ url: string; room: string; expiresAtMs: number }>

/** `POST /api/call/:room/token`: a LiveKit access token for the caller. */
export type CallToken = Readonly<{ token: string }>
