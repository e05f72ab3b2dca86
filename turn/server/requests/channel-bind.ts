import { readAttributes } from '../../protocol/attributes/attribute-codec.ts'
import { channelNumber } from '../../protocol/attributes/channel-number.ts'
import { xorPeerAddress } from '../../protocol/attributes/xor-peer-address.ts'
import { type ChannelNumber, isStrictChannelNumber } from '../../protocol/channel-data.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { addressKey, type TransportAddress } from '../../protocol/transport-address.ts'
import type { Allocation } from '../allocation.ts'
import type { EngineState } from '../engine-state.ts'
import { accept, type Outcome, type Rejection, reject, type SignedRequest } from '../request.ts'
import { requireAllocation } from './require-allocation.ts'

/** Binds or renews a channel, and the peer's permission with it (RFC 8656 §12.2). */
export function handleChannelBind(request: SignedRequest, state: EngineState): Outcome {
  const { message, now } = request
  const found = requireAllocation(request)
  if (!found.ok) return found.fault
  if (found.value.relaysTcp)
    return reject(errorCodes.badRequest, 'a TCP allocation has no channels')
  const read = readAttributes(message, { channel: channelNumber, peer: xorPeerAddress })
  if (!read.ok || !read.value.channel || !read.value.peer || read.value.peer.port === 0) {
    return reject(errorCodes.badRequest, 'no usable channel number or peer address')
  }
  const { channel, peer } = read.value
  if (state.parts.strictChannels === true && !isStrictChannelNumber(channel)) {
    return reject(errorCodes.badRequest, 'channel number beyond RFC 8656')
  }
  const refusal =
    conflict(found.value, channel, peer, now.monotonicMs) ??
    refusedPeer(found.value, peer, state, now.monotonicMs) ??
    overLimit(found.value, peer, state, now.monotonicMs)
  if (refusal) return refusal
  const anyPort = state.parts.peerPolicy.portsOf(peer.ip) === 'all'
  state.flows.bindChannel(found.value, channel, { peer, nowMs: now.monotonicMs })
  state.flows.permit(found.value, peer, { anyPort, nowMs: now.monotonicMs })
  return accept()
}

function conflict(
  allocation: Allocation,
  channel: ChannelNumber,
  peer: TransportAddress,
  nowMs: number,
): Rejection | undefined {
  const bound = allocation.bindingOf(channel, nowMs)
  if (bound && addressKey(bound.peer) !== addressKey(peer)) {
    return reject(errorCodes.badRequest, 'channel bound to another peer')
  }
  const other = allocation.bindingTo(peer, nowMs)
  if (!other || other.channel === channel) return undefined
  return reject(errorCodes.badRequest, 'peer bound to another channel')
}

function refusedPeer(
  allocation: Allocation,
  peer: TransportAddress,
  state: EngineState,
  nowMs: number,
): Rejection | undefined {
  if (!allocation.relayedIn(peer.family)) {
    return reject(errorCodes.peerAddressFamilyMismatch, 'peer of another family')
  }
  if (state.parts.peerPolicy.allows(peer)) return undefined
  state.denyPeer({ peer, by: 'channel', userId: allocation.owner.userId }, nowMs)
  return reject(errorCodes.forbidden, 'peer denied by policy')
}

function overLimit(
  allocation: Allocation,
  peer: TransportAddress,
  state: EngineState,
  nowMs: number,
): Rejection | undefined {
  const { channels, permissions } = state.parts.limits
  const renewal = allocation.bindingTo(peer, nowMs) !== undefined
  if (!renewal && allocation.channelCount >= channels) {
    return reject(errorCodes.insufficientCapacity, 'too many channels')
  }
  const permitted = allocation.permissionFor(peer.ip, nowMs) !== undefined
  if (permitted || allocation.permissionCount < permissions) return undefined
  return reject(errorCodes.insufficientCapacity, 'too many permissions')
}
