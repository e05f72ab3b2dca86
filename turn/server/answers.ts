import type { AttributeCodec } from '../protocol/attributes/attribute-codec.ts'
import { errorCode } from '../protocol/attributes/error-code.ts'
import { nonce } from '../protocol/attributes/nonce.ts'
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
import type { Nonces } from './nonce.ts'
import type { Accepted, Rejection, TurnRequest } from './request.ts'

/** Encodes a value as an attribute of a message. */
export function attribute<T>(
  codec: AttributeCodec<T>,
  value: T,
  transactionId: TransactionId,
): RawAttribute {
  return { type: codec.type, value: codec.encode(value, transactionId) }
}

/** Turns outcomes into responses; the only place that builds one. Signed when there is a key, checksummed when the request was. */
export class Answers {
  readonly #realm: string
  readonly #nonces: Nonces

  constructor(realmName: string, nonces: Nonces) {
    this.#realm = realmName
    this.#nonces = nonces
  }

  /** The response to a request; 401 and 438 carry a realm and a fresh nonce (RFC 8489 §9.2.4). */
  encode(
    request: TurnRequest,
    outcome: Accepted | Rejection,
    key: Uint8Array | undefined,
  ): Uint8Array {
    const { method, transactionId } = request.message
    const accepted = outcome.type === 'accepted'
    const attributes = accepted ? outcome.attributes : this.#errorAttributes(request, outcome)
    return encodeStunMessage(
      { class: accepted ? 'success' : 'error', method, transactionId, attributes },
      { key, fingerprint: hasFingerprint(request.message) },
    )
  }

  #errorAttributes(request: TurnRequest, { code, unknown }: Rejection): RawAttribute[] {
    const { transactionId } = request.message
    const attributes = [attribute(errorCode, code, transactionId)]
    if (unknown) attributes.push(attribute(unknownAttributes, unknown, transactionId))
    if (code === errorCodes.unauthenticated || code === errorCodes.staleNonce) {
      const fresh = this.#nonces.issue(request.from, request.now.unixSeconds)
      attributes.push(attribute(realm, this.#realm, transactionId))
      attributes.push(attribute(nonce, fresh, transactionId))
    }
    return attributes
  }
}

function hasFingerprint(message: StunMessage): boolean {
  return message.attributes.at(-1)?.type === fingerprintType
}
