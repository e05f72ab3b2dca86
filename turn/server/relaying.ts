import { readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { data } from '../protocol/attributes/data.ts'
import { xorPeerAddress } from '../protocol/attributes/xor-peer-address.ts'
import { encodeChannelData, parseChannelData } from '../protocol/channel-data.ts'
import { methods } from '../protocol/methods.ts'
import {
  encodeStunMessage,
  type StunMessage,
  type TransactionId,
} from '../protocol/stun-message.ts'
import type { FiveTuple, TransportAddress } from '../protocol/transport-address.ts'
import type { Allocation } from './allocation.ts'
import { attribute } from './answers.ts'
import type { DeniedBy } from './denied-peers.ts'
import type { EngineState } from './engine-state.ts'
import { unknownRequiredTypes } from './known-attributes.ts'
import type { AllocationId, DropReason } from './turn-io.ts'

/** Relays a Send indication (RFC 8656 §11.2); returns why not, undefined when it went out. */
export function relaySend(
  state: EngineState,
  message: StunMessage,
  from: FiveTuple,
  nowMs: number,
): DropReason | undefined {
  const allocation = state.allocations.of(from)
  if (!allocation?.relayed) return 'noAllocation'
  const read = readAttributes(message, { peer: xorPeerAddress, data })
  if (!read.ok || !read.value.peer || !read.value.data) return 'malformed'
  if (unknownRequiredTypes(message).length > 0) return 'malformed'
  const { peer, data: bytes } = read.value
  const reason = refusal(state, allocation, { peer, by: 'send' }, nowMs)
  if (reason) return reason
  state.emit({ type: 'sendToPeer', allocation: allocation.id, peer, bytes })
  return undefined
}

/** Relays a ChannelData message (RFC 8656 §12.6); returns why not, undefined when it went out. */
export function relayChannelData(
  state: EngineState,
  message: Uint8Array,
  from: FiveTuple,
  nowMs: number,
): DropReason | undefined {
  const allocation = state.allocations.of(from)
  if (!allocation) return 'noAllocation'
  const parsed = parseChannelData(message)
  if (!parsed.ok) return 'malformed'
  const binding = allocation.bindingOf(parsed.value.channel, nowMs)
  if (!binding) return 'noChannel'
  if (!allocation.permissionFor(binding.peer.ip, nowMs)) return 'noPermission'
  const bytes = parsed.value.payload
  state.emit({ type: 'sendToPeer', allocation: allocation.id, peer: binding.peer, bytes })
  return undefined
}

/** Relays a peer's datagram to the client, on its channel or as a Data indication (RFC 8656 §11.3, §12.7); returns why not. */
export function relayFromPeer(
  state: EngineState,
  datagram: Readonly<{ allocation: AllocationId; peer: TransportAddress; bytes: Uint8Array }>,
  nowMs: number,
): DropReason | undefined {
  const allocation = state.allocations.byId(datagram.allocation)
  if (!allocation) return 'noAllocation'
  const { peer, bytes } = datagram
  const reason = refusal(state, allocation, { peer, by: 'inbound' }, nowMs)
  if (reason) return reason
  const to = allocation.client
  const binding = allocation.bindingTo(peer, nowMs)
  const message = binding
    ? encodeChannelData(binding.channel, bytes, to.transport !== 'udp')
    : encodeDataIndication(state, peer, bytes)
  state.emit({ type: 'sendToClient', to, bytes: message })
  return undefined
}

function refusal(
  state: EngineState,
  allocation: Allocation,
  { peer, by }: Readonly<{ peer: TransportAddress; by: DeniedBy }>,
  nowMs: number,
): DropReason | undefined {
  const permission = allocation.permissionFor(peer.ip, nowMs)
  if (!permission) return 'noPermission'
  if (peer.port === 0 || peer.family !== allocation.relayed?.family) return 'malformed'
  if (permission.anyPort || state.parts.peerPolicy.allows(peer)) return undefined
  state.denyPeer({ peer, by, userId: allocation.owner.userId }, nowMs)
  return 'deniedPeer'
}

function encodeDataIndication(
  state: EngineState,
  peer: TransportAddress,
  bytes: Uint8Array,
): Uint8Array {
  const transactionId = state.parts.random.bytes(12) as TransactionId
  const attributes = [
    attribute(xorPeerAddress, peer, transactionId),
    attribute(data, bytes, transactionId),
  ]
  return encodeStunMessage({ class: 'indication', method: methods.data, transactionId, attributes })
}
