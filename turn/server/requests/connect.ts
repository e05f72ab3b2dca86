import { readAttributes } from '../../protocol/attributes/attribute-codec.ts'
import { xorPeerAddress } from '../../protocol/attributes/xor-peer-address.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { EngineState } from '../engine-state.ts'
import { type Outcome, reject, type SignedRequest } from '../request.ts'
import { requireAllocation } from './require-allocation.ts'

/** Connects to a peer over TCP; checks in the order of RFC 6062 §5.2. Answered once that came to something. */
export function handleConnect(request: SignedRequest, state: EngineState): Outcome {
  const { message, now } = request
  const found = requireAllocation(request)
  if (!found.ok) return found.fault
  const { value: allocation } = found
  if (!allocation.relaysTcp) return reject(errorCodes.allocationMismatch, 'not a TCP allocation')
  const read = readAttributes(message, { peer: xorPeerAddress })
  if (!read.ok || !read.value.peer || read.value.peer.port === 0) {
    return reject(errorCodes.badRequest, 'no usable peer address')
  }
  const { peer } = read.value
  if (state.peerConnections.between(allocation, peer)) {
    return reject(errorCodes.connectionAlreadyExists, 'connected to this peer')
  }
  if (!allocation.relayedIn(peer.family)) {
    return reject(errorCodes.peerAddressFamilyMismatch, 'peer of another family')
  }
  if (!state.parts.peerPolicy.verdictOverTcp(peer).allowed) {
    const { userId } = allocation.owner
    state.denyPeer({ peer, by: 'connect', userId }, now.monotonicMs)
    return reject(errorCodes.forbidden, 'peer denied by policy')
  }
  if (!state.peerConnections.hasRoom(allocation)) {
    return reject(errorCodes.insufficientCapacity, 'too many peer connections')
  }
  state.peerConnections.open(allocation, peer, request)
  return { type: 'pending' }
}
