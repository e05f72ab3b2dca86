import type { ChannelNumber } from '../protocol/channel-data.ts'
import type { FiveTuple, TransportAddress } from '../protocol/transport-address.ts'
import type { AllocationId } from './turn-io.ts'

type FlowEnds = {
  readonly allocation: AllocationId
  readonly client: FiveTuple
  readonly relayed: TransportAddress
  /** The peer's IP. */
  readonly ip: string
  /** Monotonic ms. */
  expiresAtMs: number
}

/** A peer IP the client may exchange data with; `anyPort` is false where the policy admits only some ports of it. */
export type Permission = FlowEnds & {
  readonly kind: 'permission'
  anyPort: boolean
  /** The peer's IP as 4 or 16 bytes. */
  readonly ipBytes: Uint8Array
}

/** A channel number that stands for a peer. */
export type ChannelBinding = FlowEnds & {
  readonly kind: 'channel'
  readonly channel: ChannelNumber
  readonly peer: TransportAddress
}

/** One row of the flow table: what a client may send through which relayed address to whom, and until when. */
export type Flow = Permission | ChannelBinding

/** A row as others may see it. */
export type FlowRow = Readonly<Permission> | Readonly<ChannelBinding>

/** What happened to a row; one that `changed` ends later, or has other ports of its peer open. */
export type FlowChange = 'added' | 'changed' | 'removed'

/** Is told every change of the flow table, after it; a fast path outside the engine follows the table with it. */
export type FlowListener = (change: FlowChange, flow: FlowRow) => void
