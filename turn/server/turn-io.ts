import type { Family, FiveTuple, TransportAddress } from '../protocol/transport-address.ts'
import type { DeniedBy } from './denied-peers.ts'

declare const brand: unique symbol

/** Names an allocation and its relay socket between engine and shell. */
export type AllocationId = string & { readonly [brand]: 'AllocationId' }

/** Time as an argument: lifetimes use the first, credentials the second. */
export type Now = Readonly<{ monotonicMs: number; unixSeconds: number }>

/** Why the shell has no relay socket to give. */
export type RelayFault = 'insufficientCapacity' | 'addressFamilyNotSupported'

/** What happens to the engine. A five-tuple is handed back in outputs as the same object it came in as. */
export type TurnInput =
  | Readonly<{ type: 'clientMessage'; from: FiveTuple; bytes: Uint8Array }>
  | Readonly<{ type: 'clientClosed'; from: FiveTuple }>
  | Readonly<{ type: 'relayBound'; allocation: AllocationId; relayed: TransportAddress }>
  | Readonly<{ type: 'relayFailed'; allocation: AllocationId; fault: RelayFault }>
  | Readonly<{
      type: 'peerDatagram'
      allocation: AllocationId
      peer: TransportAddress
      bytes: Uint8Array
    }>

/** Asks for a relay socket; with `reserveNext` also for the next port, held under that id. */
export type BindRelay = Readonly<{
  type: 'bindRelay'
  allocation: AllocationId
  family: Family
  port: 'any' | 'even'
  reserveNext?: AllocationId
}>

/** What the engine wants done, in order. */
export type TurnOutput =
  | Readonly<{ type: 'sendToClient'; to: FiveTuple; bytes: Uint8Array }>
  | Readonly<{
      type: 'sendToPeer'
      allocation: AllocationId
      peer: TransportAddress
      bytes: Uint8Array
    }>
  | BindRelay
  | Readonly<{ type: 'closeRelay'; allocation: AllocationId }>
  | Readonly<{ type: 'closeClient'; client: FiveTuple }>
  | Readonly<{ type: 'event'; event: TurnEvent }>

/** Why an allocation ended. */
export type DeletionReason = 'refreshedToZero' | 'expired' | 'clientClosed' | 'noRelay'

/** What a log may say; none of it needs an answer. */
export type TurnEvent =
  | Readonly<{ name: 'allocationCreated'; allocation: AllocationId; userId: string }>
  | Readonly<{
      name: 'allocationDeleted'
      allocation: AllocationId
      userId: string
      reason: DeletionReason
    }>
  | Readonly<{ name: 'requestRejected'; code: number; why: string }>
  /** A peer not refused before; `userId` is shortened. */
  | Readonly<{
      name: 'peerDenied'
      ip: string
      port: number
      reason: string
      by: DeniedBy
      userId: string
    }>

/** Why a packet got no answer and was not relayed. */
export type DropReason =
  | 'notTurn'
  | 'malformed'
  | 'unexpected'
  | 'overBudget'
  | 'tooManyGuesses'
  | 'noAllocation'
  | 'noPermission'
  | 'noChannel'
  | 'deniedPeer'

/** Counters since the start; `receivedBytes` and `sentBytes` are whole messages on the clients' side. */
export type TurnStats = Readonly<{
  allocations: number
  byTransport: Readonly<{ udp: number; tcp: number; tls: number }>
  receivedBytes: number
  sentBytes: number
  rejectionsByCode: Readonly<Record<string, number>>
  /** Requests signed with wrong credentials. */
  authFailures: number
  dropsByReason: Readonly<Record<string, number>>
  /** Requests answered 403 and packets dropped because of the peer policy. */
  deniedPeers: number
}>

/** Where unguessable bytes come from. */
export interface RandomSource {
  bytes(length: number): Uint8Array
}
