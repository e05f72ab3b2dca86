import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { setUint16 } from './bytes.ts'
import type { RawAttribute, StunMessage } from './stun-message.ts'

/** Attribute type of the HMAC-SHA1 signature, MESSAGE-INTEGRITY (RFC 8489 §14.5). */
export const messageIntegrityType = 0x0008
/** Attribute type of the HMAC-SHA256 signature, MESSAGE-INTEGRITY-SHA256 (RFC 8489 §14.6). */
export const messageIntegritySha256Type = 0x001c

/** Which hash a signature is made with. */
export type Integrity = 'sha1' | 'sha256'

/** How a password becomes a key (RFC 8489 §18.5). */
export type PasswordAlgorithm = 'md5' | 'sha256'

const signatureOf = {
  sha1: { type: messageIntegrityType, length: 20 },
  sha256: { type: messageIntegritySha256Type, length: 32 },
} as const
const shortestSha256 = 16 // RFC 8489 §14.6

/** Bytes a signature takes in a message, header included. */
export function integrityLength(integrity: Integrity): number {
  return 4 + signatureOf[integrity].length
}

/** The long-term key: a hash of `username:realm:password`, MD5 where the client chose none (RFC 8489 §9.2.2, §18.5.1). */
export function longTermKey(
  username: string,
  realm: string,
  password: string,
  algorithm: PasswordAlgorithm = 'md5',
): Uint8Array {
  return createHash(algorithm).update(`${username}:${realm}:${password}`).digest()
}

/** The signature that counts: SHA-256 where a message has both (RFC 8489 §9.2.4); undefined when it is not signed, right or wrong. */
export function integrityOf(message: StunMessage): Integrity | undefined {
  if (find(message, messageIntegritySha256Type)) return 'sha256'
  return find(message, messageIntegrityType) ? 'sha1' : undefined
}

/** Whether the signature that counts is made with this key; false too when there is none. */
export function verifyIntegrity(message: StunMessage, key: Uint8Array): boolean {
  const integrity = integrityOf(message)
  const signature = integrity && find(message, signatureOf[integrity].type)?.value
  if (!signature || !isSignatureLength(integrity, signature.length)) return false
  const offset = signature.byteOffset - message.bytes.byteOffset - 4
  const expected = hmac(message.bytes, { integrity, offset, length: signature.length }, key)
  return timingSafeEqual(expected.subarray(0, signature.length), signature)
}

/** Writes the signature at `offset`; returns where the next attribute goes. */
export function writeIntegrity(
  bytes: Uint8Array,
  offset: number,
  { key, integrity }: Readonly<{ key: Uint8Array; integrity: Integrity }>,
): number {
  const { type, length } = signatureOf[integrity]
  const end = offset + integrityLength(integrity)
  setUint16(bytes, offset, type)
  setUint16(bytes, offset + 2, length)
  setUint16(bytes, 2, end - 20)
  bytes.set(hmac(bytes, { integrity, offset, length }, key), offset + 4)
  return end
}

/** An HMAC-SHA256 may be cut to 16 bytes or more, a multiple of four (RFC 8489 §14.6). */
function isSignatureLength(integrity: Integrity, length: number): boolean {
  const whole = signatureOf[integrity].length
  if (integrity === 'sha1') return length === whole
  return length >= shortestSha256 && length <= whole && length % 4 === 0
}

function find(message: StunMessage, wanted: number): RawAttribute | undefined {
  return message.attributes.find(({ type }) => type === wanted)
}

/** The hash of what precedes the signature, with the length field as if the message ended with it. */
function hmac(
  bytes: Uint8Array,
  at: Readonly<{ integrity: Integrity; offset: number; length: number }>,
  key: Uint8Array,
): Uint8Array {
  const lengthThroughSignature = new Uint8Array(2)
  setUint16(lengthThroughSignature, 0, at.offset + 4 + at.length - 20)
  return createHmac(at.integrity, key)
    .update(bytes.subarray(0, 2))
    .update(lengthThroughSignature)
    .update(bytes.subarray(4, at.offset))
    .digest()
}
