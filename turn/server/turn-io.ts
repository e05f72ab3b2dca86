import type { Family, FiveTuple, TransportAddress } from '../protocol/transport-address.ts'
import type { DeniedBy } from './denied-peers.ts'
import type { PeerConnectionNews, PeerConnectionTask } from './peer-connection-io.ts'

declare const brand: unique symbol

/** Names an allocation and its relay socket between engine and shell. */
export type AllocationId = string & { readonly [brand]: 'AllocationId' }

/** Time as an argument: lifetimes use the first, credentials the second. */
export type Now = Readonly<{ monotonicMs: number; unixSeconds: number }>

/** Why the shell has no relay socket to give; the quota is counted there, for all engines that share it. */
export type RelayFault =
  | 'insufficientCapacity'
  | 'addressFamilyNotSupported'
  | 'allocationQuotaReached'

/** An address family of a dual allocation that could not be had, and why. */
export type MissingRelay = Readonly<{ family: Family; fault: RelayFault }>

/** What an ICMP message said about a datagram to a peer; `info` is the next hop's MTU for "packet too big", else 0 (RFC 8656 §18.13). */
export type IcmpNotice = Readonly<{ type: number; code: number; info: number }>

/** What happens to the engine. A five-tuple is handed back in outputs as the same object it came in as. */
export type TurnInput =
  | Readonly<{ type: 'clientMessage'; from: FiveTuple; bytes: Uint8Array }>
  | Readonly<{ type: 'clientClosed'; from: FiveTuple }>
  | Readonly<{
      type: 'relayBound'
      allocation: AllocationId
      /** One address, or both of a dual allocation. */
      relayed: readonly TransportAddress[]
      missing?: MissingRelay
    }>
  | Readonly<{ type: 'relayFailed'; allocation: AllocationId; fault: RelayFault }>
  | Readonly<{
      type: 'peerDatagram'
      allocation: AllocationId
      peer: TransportAddress
      bytes: Uint8Array
    }>
  | Readonly<{
      type: 'peerUnreachable'
      allocation: AllocationId
      peer: TransportAddress
      icmp: IcmpNotice
    }>
  | Readonly<{ type: 'peerConnection'; news: PeerConnectionNews }>
  /** An administrator ends an allocation. */
  | Readonly<{ type: 'disconnect'; allocation: AllocationId }>
  /** The peer policy says something else than before: what it denies has to end. */
  | Readonly<{ type: 'policyChanged' }>
  /** Users over their rate or volume; relayed data of theirs is dropped until the next list. */
  | Readonly<{ type: 'usersBlocked'; userIds: ReadonlySet<string> }>

/** Whose relay sockets are asked for; the shell counts them. */
export type RelayUser = Readonly<{ userId: string; clientIp: string }>

/** Asks for relay sockets. */
export type BindRelay = RelayUser &
  Readonly<{
    type: 'bindRelay'
    allocation: AllocationId
    /** One family, or both for a dual allocation. */
    families: readonly Family[]
    /** A number is a reserved port that is claimed. */
    port: 'any' | 'even' | number
    /** Whether the next port is to be kept out of use for the reservation's lifetime. */
    reserveNext: boolean
    /** Whether the client wants to send with the DF bit. */
    dontFragment: boolean
    /** Peers connect to it and are connected to (RFC 6062); datagrams when absent. */
    transport?: 'tcp'
  }>

/** What the engine wants done, in order. */
export type TurnOutput =
  | Readonly<{ type: 'sendToClient'; to: FiveTuple; bytes: Uint8Array }>
  | Readonly<{
      type: 'sendToPeer'
      allocation: AllocationId
      peer: TransportAddress
      bytes: Uint8Array
      /** The datagram is to go out with the DF bit (RFC 8656 §11.2). */
      dontFragment?: true
    }>
  | BindRelay
  | Readonly<{ type: 'peerConnection'; task: PeerConnectionTask }>
  /** Closes an allocation's relay socket of one family, or all it has. */
  | Readonly<{ type: 'closeRelay'; allocation: AllocationId; family?: Family }>
  | Readonly<{ type: 'closeClient'; client: FiveTuple }>
  | Readonly<{ type: 'event'; event: TurnEvent }>

/** Why an allocation ended. */
export type DeletionReason =
  | 'refreshedToZero'
  | 'expired'
  | 'clientClosed'
  | 'noRelay'
  | 'disconnected'

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
  | 'overRate'
  | 'tooManyConnections'

/** Relayed datagrams; `bytes` is what peers sent or got, without any framing of TURN. */
export type Traffic = Readonly<{ packets: number; bytes: number }>

/** What went each way between clients and peers. */
export type TrafficBothWays = Readonly<{ fromClients: Traffic; toClients: Traffic }>

/** Counters since the start; `receivedBytes` and `sentBytes` are whole messages on the clients' side. */
export type TurnStats = Readonly<{
  allocations: number
  byTransport: Readonly<{ udp: number; tcp: number; tls: number }>
  /** Relayed addresses in use; a dual allocation counts in both. */
  byFamily: Readonly<{ 4: number; 6: number }>
  /** Relayed data by the clients' transport. */
  traffic: Readonly<Record<FiveTuple['transport'], TrafficBothWays>>
  receivedBytes: number
  sentBytes: number
  rejectionsByCode: Readonly<Record<string, number>>
  /** Error responses by code and stable reason. */
  rejections: readonly Readonly<{ code: number; why: string; count: number }>[]
  /** Signed requests answered 401. */
  authFailures: number
  dropsByReason: Readonly<Record<string, number>>
  /** Requests answered 403 and packets dropped because of the peer policy. */
  deniedPeers: number
}>

/** Where unguessable bytes come from. */
export interface RandomSource {
  bytes(length: number): Uint8Array
}
