import { readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { data } from '../protocol/attributes/data.ts'
import { dontFragment } from '../protocol/attributes/dont-fragment.ts'
import { icmp } from '../protocol/attributes/icmp.ts'
import { xorPeerAddress } from '../protocol/attributes/xor-peer-address.ts'
import { encodeChannelData, parseChannelData } from '../protocol/channel-data.ts'
import { methods } from '../protocol/methods.ts'
import { encodeDataIndication, type SendIndication } from '../protocol/relayed-data.ts'
import {
  encodeStunMessage,
  type StunMessage,
  type TransactionId,
} from '../protocol/stun-message.ts'
import type { FiveTuple, TransportAddress } from '../protocol/transport-address.ts'
import type { Allocation, Counted } from './allocation.ts'
import { attribute } from './answers.ts'
import type { DeniedBy } from './denied-peers.ts'
import type { EngineState } from './engine-state.ts'
import type { Permission } from './flow.ts'
import { unknownRequiredTypes } from './known-attributes.ts'
import type { DropReason, TurnInput } from './turn-io.ts'

/** Relays a Send indication (RFC 8656 §11.2); returns why not, undefined when it went out. */
export function relaySend(
  state: EngineState,
  message: StunMessage,
  from: FiveTuple,
  nowMs: number,
): DropReason | undefined {
  const read = readAttributes(message, { peer: xorPeerAddress, data, dontFragment })
  if (!read.ok || !read.value.peer || !read.value.data) return 'malformed'
  if (unknownRequiredTypes(message, state.notOffered).length > 0) return 'malformed'
  return relayToPeer(
    state,
    from,
    { ...read.value, peer: read.value.peer, data: read.value.data },
    nowMs,
  )
}

/** Relays the payload of a Send indication that is for a peer; returns why not, undefined when it went out. */
export function relayToPeer(
  state: EngineState,
  from: FiveTuple,
  sent: SendIndication & Readonly<{ dontFragment?: true | undefined }>,
  nowMs: number,
): DropReason | undefined {
  const allocation = state.allocations.of(from)
  if (!allocation?.isBound) return 'noAllocation'
  if (allocation.relaysTcp) return 'unexpected'
  const { peer, data: bytes } = sent
  if (sent.dontFragment && !allocation.dontFragment) return 'unexpected'
  const permission = allocation.permissionFor(peer.ip, nowMs)
  const reason =
    refusal(state, allocation, { peer, permission, by: 'send' }, nowMs) ??
    overRate(allocation, allocation.fromClient, bytes, nowMs)
  if (reason || !permission) return reason
  state.counters.countFromClient(allocation, bytes.length)
  const { id } = allocation
  // The permission's text of the IP lies in one piece; one put together a moment ago costs the socket more.
  const to = { family: peer.family, ip: permission.ip, port: peer.port }
  if (sent.dontFragment) {
    state.emit({ type: 'sendToPeer', allocation: id, peer: to, bytes, dontFragment: true })
  } else state.emit({ type: 'sendToPeer', allocation: id, peer: to, bytes })
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
  const permission = allocation.permissionFor(peer.ip, nowMs)
  const reason =
    refusal(state, allocation, { peer, permission, by: 'inbound' }, nowMs) ??
    overRate(allocation, allocation.toClient, bytes, nowMs)
  if (reason || !permission) return reason
  state.counters.countToClient(allocation, bytes.length)
  const to = allocation.client
  const binding = allocation.bindingTo(peer, nowMs)
  const message = binding
    ? encodeChannelData(binding.channel, bytes, to.transport !== 'udp')
    : encodeDataIndication(
        newTransactionId(state),
        { ip: permission.ipBytes, port: peer.port },
        bytes,
      )
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
  const transactionId = newTransactionId(state)
  const attributes = [
    attribute(xorPeerAddress, peer, transactionId),
    attribute(icmp, notice.icmp, transactionId),
  ]
  const head = { class: 'indication', method: methods.data, transactionId } as const
  const message = encodeStunMessage({ ...head, attributes })
  state.emit({ type: 'sendToClient', to: allocation.client, bytes: message })
  return undefined
}

/** Destination unreachable and time exceeded; for IPv6 packet too big too (RFC 8656 §11.5). */
function isErrorOfFamily({ family }: TransportAddress, type: number): boolean {
  return family === 4 ? type === 3 || type === 11 : type >= 1 && type <= 3
}

/** Why data from or to a peer is not relayed; undefined when it may be. */
export function refusal(
  state: EngineState,
  allocation: Allocation,
  asked: Readonly<{
    peer: TransportAddress
    permission: Permission | undefined
    by: DeniedBy
  }>,
  nowMs: number,
): DropReason | undefined {
  const { peer, permission, by } = asked
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

/** A transaction id nobody can guess. */
export function newTransactionId(state: EngineState): TransactionId {
  return state.parts.random.bytes(12) as TransactionId
}
