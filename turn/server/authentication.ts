import { type AttributeValues, readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { nonce } from '../protocol/attributes/nonce.ts'
import {
  passwordAlgorithm,
  passwordAlgorithmList,
  passwordAlgorithms,
} from '../protocol/attributes/password-algorithm.ts'
import { realm } from '../protocol/attributes/realm.ts'
import { userhash } from '../protocol/attributes/userhash.ts'
import { username } from '../protocol/attributes/username.ts'
import { errorCodes } from '../protocol/error-codes.ts'
import { integrityOf, type PasswordAlgorithm, verifyIntegrity } from '../protocol/integrity.ts'
import { failure, type Result, success } from '../protocol/result.ts'
import type { Allocation, Owner } from './allocation.ts'
import { type Credentials, isHashOf } from './credentials.ts'
import type { Guesses } from './guesses.ts'
import { type KnownUser, longTermKeys } from './known-user.ts'
import { featuresOf, type Nonces } from './nonce.ts'
import { type Rejection, reject, type Signer, type TurnRequest } from './request.ts'

/** PASSWORD-ALGORITHMS as this server offers them, best first. */
export const offeredAlgorithms = passwordAlgorithmList(['sha256', 'md5'])

/** What requests are judged by. `strictExpiry`: an allocation's owner must still be known. */
export type Authority = Readonly<{
  realm: string
  credentials: Credentials
  nonces: Nonces
  guesses: Guesses
  strictExpiry: boolean
}>

const codecs = { username, userhash, realm, nonce, passwordAlgorithm, passwordAlgorithms }
type Named = AttributeValues<typeof codecs> & { readonly nonce: string }

// Signatures under unknown names are checked too, against a key nobody has, so that both refusals take alike long.
const nobody: KnownUser = { userId: '', keys: [longTermKeys('', '', '')] }

/**
 * The long-term credential mechanism, checks in the order of RFC 8489 §9.2.4. Nothing is remembered about a client that
 * fails them. The owner of an allocation is known by the allocation's keys, so a call outlives its credential.
 */
export function authenticate(
  request: TurnRequest,
  allocation: Allocation | undefined,
  by: Authority,
): Result<Signer, Rejection> {
  const { message, from, now } = request
  if (!integrityOf(message)) return failure(reject(errorCodes.unauthenticated, 'not signed'))
  const named = namedIn(request)
  if (!named) {
    return failure(reject(errorCodes.badRequest, 'signed, but no usable name, realm or nonce'))
  }
  const algorithm = chosenAlgorithm(named)
  if (!algorithm) return failure(reject(errorCodes.badRequest, 'other password algorithms'))
  // A stream that is to be joined with an allocation's peer comes with the allocation's nonce (RFC 6062 §4.3).
  const isFresh = [from, allocation?.client ?? from].some((client) =>
    by.nonces.isFresh(named.nonce, client, now.unixSeconds),
  )
  const signer = signerOf(request, { named, algorithm, allocation, isFresh }, by)
  if (signer === 'wrong' || (signer === 'unchecked' && isFresh)) {
    const rejection = reject(errorCodes.unauthenticated, 'wrong credentials')
    return failure({ ...rejection, wrongCredentials: isFresh })
  }
  if (signer === 'unchecked' || !isFresh) {
    return failure(reject(errorCodes.staleNonce, 'nonce not issued to this client lately'))
  }
  return success(signer)
}

function namedIn({ message }: TurnRequest): Named | undefined {
  const read = readAttributes(message, codecs)
  if (!read.ok) return undefined
  const { value } = read
  const hasName = value.username !== undefined || value.userhash !== undefined
  if (!hasName || value.realm === undefined || value.nonce === undefined) return undefined
  return { ...value, nonce: value.nonce }
}

/** MD5 unless the client says otherwise, and then only with our whole list, so that nobody on the way shortened it; undefined for 400. */
function chosenAlgorithm(named: Named): PasswordAlgorithm | undefined {
  const { passwordAlgorithm: chosen, passwordAlgorithms: list } = named
  if (!featuresOf(named.nonce).passwordAlgorithms) return 'md5'
  if (chosen === undefined && list === undefined) return 'md5'
  if (chosen === undefined || chosen === 'other' || list === undefined) return undefined
  return Buffer.compare(list, offeredAlgorithms) === 0 ? chosen : undefined
}

/** `unchecked` when this name was tried too often with wrong passwords, or stale nonces come in a flood. */
function signerOf(
  request: TurnRequest,
  said: Readonly<{
    named: Named
    algorithm: PasswordAlgorithm
    allocation: Allocation | undefined
    isFresh: boolean
  }>,
  by: Authority,
): Signer | 'wrong' | 'unchecked' {
  const { message, from, now } = request
  const { named, algorithm, allocation, isFresh } = said
  if (!isFresh && !by.guesses.mayTryStale(now.monotonicMs)) return 'unchecked'
  const name = named.username ?? nameOf(named.userhash, allocation, by)
  const { userId, keys, isListed } = knownUser(name, request, { allocation, by })
  const guess = isListed && name !== undefined ? { from, name, isFresh } : undefined
  if (guess && !by.guesses.mayTry(guess, now.monotonicMs)) return 'unchecked'
  const right = keys.find((candidate) => verifyIntegrity(message, candidate[algorithm]))
  if (!right || keys === nobody.keys || name === undefined) {
    if (guess) by.guesses.noteWrong(guess, now.monotonicMs)
    return 'wrong'
  }
  const integrity = named.passwordAlgorithm === undefined ? 'sha1' : 'sha256'
  return { owner: { username: name, userId, keys: right }, key: right[algorithm], integrity }
}

function knownUser(
  name: string | undefined,
  { now }: TurnRequest,
  { allocation, by }: Readonly<{ allocation: Allocation | undefined; by: Authority }>,
): KnownUser {
  if (name === undefined) return nobody
  const outlives = !by.strictExpiry && allocation?.owner.username === name
  return (outlives ? ownKeys(allocation.owner) : by.credentials.userOf(name, now)) ?? nobody
}

function ownKeys({ userId, keys }: Owner): KnownUser {
  return { userId, keys: [keys] }
}

/** A USERHASH is looked for in the allocation at hand first: its owner may not be listed. */
function nameOf(
  hash: Uint8Array | undefined,
  allocation: Allocation | undefined,
  { credentials, realm: realmName }: Authority,
): string | undefined {
  if (!hash) return undefined
  const owner = allocation?.owner.username
  if (owner !== undefined && isHashOf(hash, owner, realmName)) return owner
  return credentials.nameOf(hash)
}
