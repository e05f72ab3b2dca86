import type { AttributeCodec } from '../protocol/attributes/attribute-codec.ts'
import { errorCode } from '../protocol/attributes/error-code.ts'
import { nonce } from '../protocol/attributes/nonce.ts'
import { passwordAlgorithms } from '../protocol/attributes/password-algorithm.ts'
import { realm } from '../protocol/attributes/realm.ts'
import { unknownAttributes } from '../protocol/attributes/unknown-attributes.ts'
import { errorCodes } from '../protocol/error-codes.ts'
import { fingerprintType } from '../protocol/fingerprint.ts'
import {
  encodeStunMessage,
  type RawAttribute,
  type StunMessage,
  type TransactionId,
} from '../protocol/stun-message.ts'
import { type Authority, offeredAlgorithms } from './authentication.ts'
import type { Accepted, Rejection, Signer, TurnRequest } from './request.ts'

/** Encodes a value as an attribute of a message. */
export function attribute<T>(
  codec: AttributeCodec<T>,
  value: T,
  transactionId: TransactionId,
): RawAttribute {
  return { type: codec.type, value: codec.encode(value, transactionId) }
}

/** Turns outcomes into responses; the only place that builds one. Signed as the request was, checksummed when the request was. */
export class Answers {
  readonly #authority: Authority

  constructor(authority: Authority) {
    this.#authority = authority
  }

  /** The response to a request; 401 and 438 carry a realm, a fresh nonce and the algorithms (RFC 8489 §9.2.4). */
  encode(
    request: TurnRequest,
    outcome: Accepted | Rejection,
    signer: Signer | undefined,
  ): Uint8Array {
    const { method, transactionId } = request.message
    const accepted = outcome.type === 'accepted'
    const attributes = accepted ? outcome.attributes : this.#errorAttributes(request, outcome)
    const fingerprint = hasFingerprint(request.message)
    return encodeStunMessage(
      { class: accepted ? 'success' : 'error', method, transactionId, attributes },
      { ...(signer && { key: signer.key, integrity: signer.integrity }), fingerprint },
    )
  }

  #errorAttributes(request: TurnRequest, { code, unknown }: Rejection): RawAttribute[] {
    const { transactionId } = request.message
    const attributes = [attribute(errorCode, code, transactionId)]
    if (unknown) attributes.push(attribute(unknownAttributes, unknown, transactionId))
    if (code === errorCodes.unauthenticated || code === errorCodes.staleNonce) {
      attributes.push(...this.#challenge(request))
    }
    return attributes
  }

  /** Names can be hidden only where a hash is enough to find each of them. */
  #challenge({ message: { transactionId }, from, now }: TurnRequest): RawAttribute[] {
    const { realm: realmName, nonces, credentials } = this.#authority
    const features = { passwordAlgorithms: true, usernameAnonymity: credentials.allNamesListed }
    return [
      attribute(realm, realmName, transactionId),
      attribute(nonce, nonces.issue(from, now.unixSeconds, features), transactionId),
      attribute(passwordAlgorithms, offeredAlgorithms, transactionId),
    ]
  }
}

function hasFingerprint(message: StunMessage): boolean {
  return message.attributes.at(-1)?.type === fingerprintType
}
