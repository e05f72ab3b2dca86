import { randomBytes } from 'node:crypto'
import type { AttributeCodec } from '../protocol/attributes/attribute-codec.ts'
import { nonce } from '../protocol/attributes/nonce.ts'
import { realm } from '../protocol/attributes/realm.ts'
import { username } from '../protocol/attributes/username.ts'
import { longTermKey } from '../protocol/integrity.ts'
import {
  encodeStunMessage,
  type MessageClass,
  type RawAttribute,
  type TransactionId,
} from '../protocol/stun-message.ts'

/** What a client signs its requests with. */
export type Login = Readonly<{ username: string; password: string; realm: string; nonce: string }>

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
  const own = login
    ? [having(username, login.username), having(realm, login.realm), having(nonce, login.nonce)]
    : []
  const attributes = [...makers, ...own].map((make) => make(transactionId))
  const key = login && longTermKey(login.username, login.realm, login.password)
  return encodeStunMessage(
    { class: options.class ?? 'request', method, transactionId, attributes },
    { key, fingerprint },
  )
}
