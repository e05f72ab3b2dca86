import { readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { data } from '../protocol/attributes/data.ts'
import { dontFragment } from '../protocol/attributes/dont-fragment.ts'
import { icmp } from '../protocol/attributes/icmp.ts'
import { xorPeerAddress } from '../protocol/attributes/xor-peer-address.ts'
import { encodeChannelData, parseChannelData } from '../protocol/channel-data.ts'
import { methods } from '../protocol/methods.ts'
import {
  encodeStunMessage,
  type RawAttribute,
  type StunMessage,
  type TransactionId,
} from '../protocol/stun-message.ts'
import type { FiveTuple, TransportAddress } from '../protocol/transport-address.ts'
import type { Allocation, Counted } from './allocation.ts'
import { attribute } from './answers.ts'
import type { DeniedBy } from './denied-peers.ts'
import type { EngineState } from './engine-state.ts'
import { unknownRequiredTypes } from './known-attributes.ts'
import type { DropReason, TurnInput } from './turn-io.ts'

/** Relays a Send indication (RFC 8656 §11.2); returns why not, undefined when it went out. */
export function relaySend(
  state: EngineState,
  message: StunMessage,
  from: FiveTuple,
  nowMs: number,
): DropReason | undefined {
  const allocation = state.allocations.of(from)
  if (!allocation?.isBound) return 'noAllocation'
  const read = readAttributes(message, { peer: xorPeerAddress, data, dontFragment })
  if (!read.ok || !read.value.peer || !read.value.data) return 'malformed'
  if (unknownRequiredTypes(message, state.notOffered).length > 0) return 'malformed'
  const { peer, data: bytes } = read.value
  const reason =
    refusal(state, allocation, { peer, by: 'send' }, nowMs) ??
    overRate(allocation, allocation.fromClient, bytes, nowMs)
  if (reason) return reason
  state.counters.countFromClient(allocation, bytes.length)
  const { id } = allocation
  if (read.value.dontFragment) {
    state.emit({ type: 'sendToPeer', allocation: id, peer, bytes, dontFragment: true })
  } else state.emit({ type: 'sendToPeer', allocation: id, peer, bytes })
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
  if (!allocation.permissionFor(binding.ip, nowMs)) return 'noPermission'
  const bytes = parsed.value.payload
  const reason = overRate(allocation, allocation.fromClient, bytes, nowMs)
  if (reason) return reason
  state.counters.countFromClient(allocation, bytes.length)
  state.emit({ type: 'sendToPeer', allocation: allocation.id, peer: binding.peer, bytes })
  return undefined
}

/** Relays a peer's datagram to the client, on its channel or as a Data indication (RFC 8656 §11.3, §12.7); returns why not. */
export function relayFromPeer(
  state: EngineState,
  datagram: Extract<TurnInput, { type: 'peerDatagram' }>,
  nowMs: number,
): DropReason | undefined {
  const allocation = state.allocations.byId(datagram.allocation)
  if (!allocation) return 'noAllocation'
  const { peer, bytes } = datagram
  const reason =
    refusal(state, allocation, { peer, by: 'inbound' }, nowMs) ??
    overRate(allocation, allocation.toClient, bytes, nowMs)
  if (reason) return reason
  state.counters.countToClient(allocation, bytes.length)
  const to = allocation.client
  const binding = allocation.bindingTo(peer, nowMs)
  const message = binding
    ? encodeChannelData(binding.channel, bytes, to.transport !== 'udp')
    : encodeDataIndication(state, peer, (id) => attribute(data, bytes, id))
  state.emit({ type: 'sendToClient', to, bytes: message })
  return undefined
}

/** Tells the client that a datagram did not reach a peer it has a permission for (RFC 8656 §11.5); returns why not. */
export function relayIcmp(
  state: EngineState,
  notice: Extract<TurnInput, { type: 'peerUnreachable' }>,
  nowMs: number,
): DropReason | undefined {
  const allocation = state.allocations.byId(notice.allocation)
  if (!allocation) return 'noAllocation'
  const { peer } = notice
  if (!isErrorOfFamily(peer, notice.icmp.type)) return 'unexpected'
  if (!allocation.permissionFor(peer.ip, nowMs)) return 'noPermission'
  if (!allocation.icmpBudget.take(1, nowMs)) return 'overRate'
  const message = encodeDataIndication(state, peer, (id) => attribute(icmp, notice.icmp, id))
  state.emit({ type: 'sendToClient', to: allocation.client, bytes: message })
  return undefined
}

/** Destination unreachable and time exceeded; for IPv6 packet too big too (RFC 8656 §11.5). */
function isErrorOfFamily({ family }: TransportAddress, type: number): boolean {
  return family === 4 ? type === 3 || type === 11 : type >= 1 && type <= 3
}

function refusal(
  state: EngineState,
  allocation: Allocation,
  { peer, by }: Readonly<{ peer: TransportAddress; by: DeniedBy }>,
  nowMs: number,
): DropReason | undefined {
  const permission = allocation.permissionFor(peer.ip, nowMs)
  if (!permission) return 'noPermission'
  if (peer.port === 0) return 'malformed'
  if (permission.anyPort || state.parts.peerPolicy.allows(peer)) return undefined
  state.denyPeer({ peer, by, userId: allocation.owner.userId }, nowMs)
  return 'deniedPeer'
}

function overRate(
  { blocked }: Allocation,
  { budget }: Counted,
  { length }: Uint8Array,
  nowMs: number,
): DropReason | undefined {
  if (blocked) return 'overRate'
  return budget && !budget.take(length, nowMs) ? 'overRate' : undefined
}

function encodeDataIndication(
  state: EngineState,
  peer: TransportAddress,
  body: (transactionId: TransactionId) => RawAttribute,
): Uint8Array {
  const transactionId = state.parts.random.bytes(12) as TransactionId
  const attributes = [attribute(xorPeerAddress, peer, transactionId), body(transactionId)]
  return encodeStunMessage({ class: 'indication', method: methods.data, transactionId, attributes })
}
