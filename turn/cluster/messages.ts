import type { TurnEngineOptions } from '../engine-options.ts'
import type { TurnErrorCode } from '../errors.ts'
import type { DeniedPeerRow } from '../server/denied-peers.ts'
import type { PlaceAnswer, PlaceRequest } from '../server/quotas.ts'
import type { Usage } from '../server/user-budgets.ts'
import type {
  AllocationRow,
  CertificatePair,
  ListeningAddress,
  PeerRanges,
  TurnCredentials,
  TurnEngineStats,
} from '../turn-engine.ts'
import type { PortRange } from './relay-slices.ts'

/** A UDP socket a worker is born with: the address, and its file descriptor there. */
export type InheritedSocket = Readonly<{ ip: string; port: number; fd: number }>

/** What a worker is made of; what has no form outside a process is left out. */
export type WorkerOptions = Omit<TurnEngineOptions, 'log' | 'rethrowBugs'>

/** From the parent to a worker. */
export type ToWorker =
  | Readonly<{
      type: 'start'
      options: WorkerOptions
      relaySlice: PortRange
      /** Undefined where the worker has to bind its UDP ports itself. */
      sockets: readonly InheritedSocket[] | undefined
      /** Whether anybody reads messages below `info`. */
      debug: boolean
    }>
  | Readonly<{ type: 'close'; reason: string }>
  | Readonly<{ type: 'ping' }>
  | Readonly<{ type: 'placesAnswer'; id: number; answer: PlaceAnswer }>
  | Readonly<{ type: 'usersBlocked'; userIds: ReadonlySet<string> }>
  | Readonly<{ type: 'disconnect'; allocation: string }>
  | Readonly<{ type: 'credentials'; credentials: TurnCredentials }>
  | Readonly<{ type: 'peers'; ranges: PeerRanges }>
  | Readonly<{ type: 'certificate'; pair: CertificatePair }>

/** How urgent a log line is. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** What a worker reports of itself: rows that are new or have changed, and whole counters. */
export type WorkerReport = Readonly<{
  type: 'report'
  changed: readonly AllocationRow[]
  deleted: readonly string[]
  /** Left out when only rows came or went. */
  counters?: Readonly<{
    stats: TurnEngineStats
    deniedPeers: readonly DeniedPeerRow[]
    /** Bytes relayed by user id since the last report. */
    usage: Usage
  }>
}>

/** From a worker to the parent. */
export type FromWorker =
  | Readonly<{ type: 'ready'; listening: readonly ListeningAddress[] }>
  | Readonly<{ type: 'failed'; code: TurnErrorCode | undefined; message: string }>
  | Readonly<{ type: 'pong' }>
  | Readonly<{ type: 'takePlaces'; id: number; request: PlaceRequest }>
  | Readonly<{ type: 'releasePlaces'; request: PlaceRequest }>
  | Readonly<{ type: 'log'; level: LogLevel; facts: object; message: string }>
  | WorkerReport
