import { readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { nonce } from '../protocol/attributes/nonce.ts'
import { realm } from '../protocol/attributes/realm.ts'
import { username } from '../protocol/attributes/username.ts'
import { errorCodes } from '../protocol/error-codes.ts'
import { hasIntegrity, verifyIntegrity } from '../protocol/integrity.ts'
import { failure, type Result, success } from '../protocol/result.ts'
import type { Allocation, Owner } from './allocation.ts'
import type { Credentials } from './credentials.ts'
import type { Nonces } from './nonce.ts'
import { type Rejection, reject, type TurnRequest } from './request.ts'

/**
 * The long-term credential mechanism, checks in the order of RFC 8489 §9.2.4. Nothing is remembered about a client that
 * fails them. The owner of an allocation is known by the allocation's key, so a call outlives its credential.
 */
export function authenticate(
  request: TurnRequest,
  allocation: Allocation | undefined,
  using: Readonly<{ credentials: Credentials; nonces: Nonces }>,
): Result<Owner, Rejection> {
  const { message, from, now } = request
  if (!hasIntegrity(message)) return failure(reject(errorCodes.unauthenticated, 'not signed'))
  const named = readAttributes(message, { username, realm, nonce })
  if (!named.ok || !named.value.username || !named.value.realm || !named.value.nonce) {
    return failure(reject(errorCodes.badRequest, 'signed, but no usable name, realm or nonce'))
  }
  if (!using.nonces.isFresh(named.value.nonce, from, now.unixSeconds)) {
    return failure(reject(errorCodes.staleNonce, 'nonce not issued to this client lately'))
  }
  const owner = ownerOf(request, named.value.username, allocation, using.credentials)
  if (owner) return success(owner)
  const rejection = reject(errorCodes.unauthenticated, 'wrong credentials')
  return failure({ ...rejection, wrongCredentials: true })
}

function ownerOf(
  { message, now }: TurnRequest,
  name: string,
  allocation: Allocation | undefined,
  credentials: Credentials,
): Owner | undefined {
  if (allocation?.owner.username === name) {
    return verifyIntegrity(message, allocation.owner.key) ? allocation.owner : undefined
  }
  const known = credentials.keysFor(name, now)
  const key = known?.keys.find((candidate) => verifyIntegrity(message, candidate))
  return known && key ? { username: name, userId: known.userId, key } : undefined
}
