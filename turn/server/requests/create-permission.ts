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
  if (peers.value.some(({ family }) => family !== allocation.relayed.family)) {
    return reject(errorCodes.peerAddressFamilyMismatch, 'peer of another family')
  }
  const { peerPolicy, limits } = state.parts
  const denied = peers.value.find(({ ip }) => peerPolicy.portsOf(ip) === 'none')
  if (denied) {
    const { userId } = allocation.owner
    state.denyPeer({ peer: denied, by: 'permission', userId }, now.monotonicMs)
    return reject(errorCodes.forbidden, 'peer denied by policy')
  }
  const ips = new Set(peers.value.map(({ ip }) => ip))
  if (allocation.permissionsWith(ips, now.monotonicMs) > limits.permissions) {
    return reject(errorCodes.insufficientCapacity, 'too many permissions')
  }
  for (const ip of ips) allocation.permit(ip, peerPolicy.portsOf(ip) === 'all', now.monotonicMs)
  return accept()
}
