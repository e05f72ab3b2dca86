import { readAll } from '../../protocol/attributes/attribute-codec.ts'
import { xorPeerAddress } from '../../protocol/attributes/xor-peer-address.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { EngineState } from '../engine-state.ts'
import { accept, type Outcome, reject, type SignedRequest } from '../request.ts'
import { requireAllocation } from './require-allocation.ts'

/** Installs or renews permissions for all named peers, or for none of them (RFC 8656 §10.2). */
export function handleCreatePermission(request: SignedRequest, state: EngineState): Outcome {
  const { message, now } = request
  const found = requireAllocation(request)
  if (!found.ok) return found.fault
  const { value: allocation } = found
  const peers = readAll(message, xorPeerAddress)
  if (!peers.ok || peers.value.length === 0) {
    return reject(errorCodes.badRequest, 'no peer address or a malformed one')
  }
  if (peers.value.some(({ family }) => !allocation.relayedIn(family))) {
    return reject(errorCodes.peerAddressFamilyMismatch, 'peer of another family')
  }
  const { peerPolicy, limits } = state.parts
  const denied = peers.value.find(({ ip }) => peerPolicy.portsOf(ip) === 'none')
  if (denied) {
    const { userId } = allocation.owner
    state.denyPeer({ peer: denied, by: 'permission', userId }, now.monotonicMs)
    return reject(errorCodes.forbidden, 'peer denied by policy')
  }
  const nowMs = now.monotonicMs
  const wanted = new Map(peers.value.map((peer) => [peer.ip, peer]))
  const fresh = [...wanted.keys()].filter((ip) => !allocation.permissionFor(ip, nowMs))
  if (allocation.permissionCount + fresh.length > limits.permissions) {
    return reject(errorCodes.insufficientCapacity, 'too many permissions')
  }
  for (const peer of wanted.values()) {
    const anyPort = peerPolicy.portsOf(peer.ip) === 'all'
    state.flows.permit(allocation, peer, { anyPort, nowMs })
  }
  return accept()
}
