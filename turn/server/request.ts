import type { Integrity } from '../protocol/integrity.ts'
import type { RawAttribute, StunMessage } from '../protocol/stun-message.ts'
import type { FiveTuple } from '../protocol/transport-address.ts'
import type { Allocation, Owner } from './allocation.ts'
import type { Now } from './turn-io.ts'

/** A request as it came. */
export type TurnRequest = Readonly<{ message: StunMessage; from: FiveTuple; now: Now }>

/** Who signed a request, and what its answer is signed with. */
export type Signer = Readonly<{ owner: Owner; key: Uint8Array; integrity: Integrity }>

/** A request whose signature is right; `allocation` is the five-tuple's, whoever owns it. */
export type SignedRequest = TurnRequest & Signer & Readonly<{ allocation: Allocation | undefined }>

/** A request was done; the response carries these attributes and goes back the way the request came, or on `answerOn`; then `afterwards` is done. */
export type Accepted = Readonly<{
  type: 'accepted'
  attributes: readonly RawAttribute[]
  answerOn?: FiveTuple
  afterwards?: () => void
}>

/**
 * A request was refused; `why` is for logs, the client sees the code. `unknown` lists attribute types for 420,
 * `wrongCredentials` says that a client which really has its address used a wrong name or password.
 */
export type Rejection = Readonly<{
  type: 'rejected'
  code: number
  why: string
  unknown?: readonly number[]
  wrongCredentials?: boolean
}>

/** A request's outcome; `pending` is answered once the relay socket is bound. */
export type Outcome = Accepted | Rejection | Readonly<{ type: 'pending' }>

/** Makes a successful outcome. */
export function accept(...attributes: readonly RawAttribute[]): Accepted {
  return { type: 'accepted', attributes }
}

/** Makes a refused outcome. */
export function reject(code: number, why: string): Rejection {
  return { type: 'rejected', code, why }
}
