import type { FiveTuple, TransportAddress } from '../protocol/transport-address.ts'
import type { AllocationId } from './turn-io.ts'

declare const brand: unique symbol

/** Names a TCP connection with a peer, 32 bits: CONNECTION-ID (RFC 6062 §6.2.1). */
export type ConnectionId = number & { readonly [brand]: 'ConnectionId' }

/** One direction of a joined connection. */
export type StreamWay = 'fromClient' | 'toClient'

/** What happens to TCP connections with peers (RFC 6062). An arrived peer is handed back as the same object it came in as. */
export type PeerConnectionNews =
  | Readonly<{ name: 'opened'; connection: ConnectionId }>
  /** Refused or not reachable. */
  | Readonly<{ name: 'notOpened'; connection: ConnectionId }>
  /** A peer connected to the relayed address; hung up on unless it is admitted. */
  | Readonly<{ name: 'arrived'; allocation: AllocationId; peer: TransportAddress }>
  | Readonly<{ name: 'closed'; connection: ConnectionId }>
  /** Bytes went from one stream of a joined pair to the other. */
  | Readonly<{ name: 'relayed'; connection: ConnectionId; way: StreamWay; bytes: number }>

/** What the engine wants done with them. Nothing is read from a peer before it is joined. */
export type PeerConnectionTask =
  /** Connects from the relayed address. */
  | Readonly<{
      name: 'open'
      allocation: AllocationId
      connection: ConnectionId
      peer: TransportAddress
    }>
  | Readonly<{ name: 'admit'; connection: ConnectionId; peer: TransportAddress }>
  /** Makes the client's stream and the peer's one. */
  | Readonly<{ name: 'join'; connection: ConnectionId; client: FiveTuple }>
  /** Reads nothing more that goes this way, and goes on. */
  | Readonly<{ name: 'pause' | 'resume'; connection: ConnectionId; way: StreamWay }>
  /** Hangs up on the peer, and on the client when they are joined. */
  | Readonly<{ name: 'close'; connection: ConnectionId }>
