import { errorCodes } from '../../protocol/error-codes.ts'
import { failure, type Result, success } from '../../protocol/result.ts'
import type { Allocation } from '../allocation.ts'
import { type Rejection, reject, type SignedRequest } from '../request.ts'

/** The five-tuple's bound allocation if it is the requester's: 437 when there is none, 441 when it is another's (RFC 8656 §5). */
export function requireAllocation(request: SignedRequest): Result<Allocation, Rejection> {
  const { allocation, owner } = request
  if (!allocation?.isBound) return failure(reject(errorCodes.allocationMismatch, 'no allocation'))
  if (allocation.owner.username !== owner.username) {
    return failure(reject(errorCodes.wrongCredentials, 'allocation of another user'))
  }
  return success(allocation)
}
