import { randomBytes } from 'node:crypto'
import type { AttributeCodec } from '../protocol/attributes/attribute-codec.ts'
import { nonce } from '../protocol/attributes/nonce.ts'
import {
  passwordAlgorithm,
  passwordAlgorithmList,
  passwordAlgorithms,
} from '../protocol/attributes/password-algorithm.ts'
import { realm } from '../protocol/attributes/realm.ts'
import { userhash, userhashOf } from '../protocol/attributes/userhash.ts'
import { username } from '../protocol/attributes/username.ts'
import { longTermKey, type PasswordAlgorithm } from '../protocol/integrity.ts'
import {
  encodeStunMessage,
  type MessageClass,
  type RawAttribute,
  type TransactionId,
} from '../protocol/stun-message.ts'

/**
 * What a client signs its requests with: as RFC 5389 has it, or with a chosen algorithm and SHA-256 as RFC 8489 has it,
 * with its name in clear or as a hash.
 */
export type Login = Readonly<{
  username: string
  password: string
  realm: string
  nonce: string
  algorithm?: PasswordAlgorithm
  hideName?: boolean
}>

/** An attribute of a message to be encoded, made once the transaction id is known. */
export type AttributeMaker = (transactionId: TransactionId) => RawAttribute

/** Pairs a codec with a value. */
export function having<T>(codec: AttributeCodec<T>, value: T): AttributeMaker {
  return (transactionId) => ({ type: codec.type, value: codec.encode(value, transactionId) })
}

/** Puts any bytes under any type. */
export function havingRaw(type: number, value: Uint8Array = new Uint8Array(0)): AttributeMaker {
  return () => ({ type, value })
}

/** A fresh transaction id. */
export function newTransactionId(): TransactionId {
  return randomBytes(12) as Uint8Array as TransactionId
}

/** Encodes a client's message, signed when there is a login. */
export function encodeRequest(
  method: number,
  makers: readonly AttributeMaker[],
  options: Readonly<{
    login?: Login | undefined
    transactionId?: TransactionId
    class?: MessageClass
    fingerprint?: boolean
  }> = {},
): Uint8Array {
  const { login, transactionId = newTransactionId(), fingerprint = false } = options
  const attributes = [...makers, ...(login ? proofOf(login) : [])].map((make) =>
    make(transactionId),
  )
  const key = login && keyOf(login)
  const integrity = login?.algorithm ? 'sha256' : 'sha1'
  return encodeStunMessage(
    { class: options.class ?? 'request', method, transactionId, attributes },
    { key, integrity, fingerprint },
  )
}

/** The key a client signs with and expects answers signed with. */
export function keyOf({ username: name, realm: ofRealm, password, algorithm }: Login): Uint8Array {
  return longTermKey(name, ofRealm, password, algorithm)
}

function proofOf(login: Login): AttributeMaker[] {
  const { username: name, realm: ofRealm, algorithm, hideName = false } = login
  const who = hideName ? having(userhash, userhashOf(name, ofRealm)) : having(username, name)
  const proof = [who, having(realm, ofRealm), having(nonce, login.nonce)]
  if (!algorithm) return proof
  const list = passwordAlgorithmList(['sha256', 'md5'])
  return [...proof, having(passwordAlgorithm, algorithm), having(passwordAlgorithms, list)]
}
