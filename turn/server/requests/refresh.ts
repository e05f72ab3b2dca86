import { readAttributes } from '../../protocol/attributes/attribute-codec.ts'
import { lifetime } from '../../protocol/attributes/lifetime.ts'
import { requestedAddressFamily } from '../../protocol/attributes/requested-address-family.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { Family } from '../../protocol/transport-address.ts'
import type { Allocation } from '../allocation.ts'
import { attribute } from '../answers.ts'
import type { EngineState } from '../engine-state.ts'
import { accept, type Outcome, reject, type SignedRequest } from '../request.ts'
import { grantedLifetimeSeconds } from './granted-lifetime.ts'
import { requireAllocation } from './require-allocation.ts'

/** Prolongs an allocation, or ends it when the wanted lifetime is zero; with a family, only its relayed address (RFC 8656 §8.2). */
export function handleRefresh(request: SignedRequest, state: EngineState): Outcome {
  const { message, now } = request
  const found = requireAllocation(request)
  if (!found.ok) return found.fault
  const read = readAttributes(message, { lifetime, family: requestedAddressFamily })
  if (!read.ok) return reject(errorCodes.badRequest, 'malformed attribute')
  const { family, lifetime: wanted } = read.value
  if (family !== undefined && (family === 'other' || !found.value.relayedIn(family))) {
    return reject(errorCodes.peerAddressFamilyMismatch, 'relayed address of another family')
  }
  if (wanted === 0) {
    end(state, found.value, family)
    return accept(attribute(lifetime, 0, message.transactionId))
  }
  const seconds = grantedLifetimeSeconds(wanted)
  found.value.prolong(family, now.monotonicMs + seconds * 1000)
  state.deadlines.set(found.value.id, found.value.nextExpiryMs)
  return accept(attribute(lifetime, seconds, message.transactionId))
}

function end(state: EngineState, allocation: Allocation, family: Family | undefined): void {
  if (family === undefined) state.delete(allocation, 'refreshedToZero')
  else state.deleteFamily(allocation, family, 'refreshedToZero')
}
