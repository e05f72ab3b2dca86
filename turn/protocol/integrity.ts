import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { setUint16 } from './bytes.ts'
import type { StunMessage } from './stun-message.ts'

/** Attribute type of the HMAC-SHA1 signature (RFC 8489 §14.5). */
export const messageIntegrityType = 0x0008
/** Bytes a MESSAGE-INTEGRITY takes in a message, header included. */
export const integrityLength = 24
const sha1Length = 20

/** The long-term key: MD5 of `username:realm:password` (RFC 8489 §9.2.2). */
export function longTermKey(username: string, realm: string, password: string): Uint8Array {
  return createHash('md5').update(`${username}:${realm}:${password}`).digest()
}

/** Whether a message carries a MESSAGE-INTEGRITY, right or wrong. */
export function hasIntegrity(message: StunMessage): boolean {
  return message.attributes.some(({ type }) => type === messageIntegrityType)
}

/** Whether a message is signed with this key; false too when it is not signed at all. */
export function verifyIntegrity(message: StunMessage, key: Uint8Array): boolean {
  const signature = message.attributes.find(({ type }) => type === messageIntegrityType)?.value
  if (signature?.length !== sha1Length) return false
  const offset = signature.byteOffset - message.bytes.byteOffset - 4
  return timingSafeEqual(hmac(message.bytes, offset, key), signature)
}

/** Writes the signature at `offset`; returns where the next attribute goes. */
export function writeIntegrity(bytes: Uint8Array, offset: number, key: Uint8Array): number {
  setUint16(bytes, offset, messageIntegrityType)
  setUint16(bytes, offset + 2, sha1Length)
  setUint16(bytes, 2, offset + integrityLength - 20)
  bytes.set(hmac(bytes, offset, key), offset + 4)
  return offset + integrityLength
}

function hmac(bytes: Uint8Array, offset: number, key: Uint8Array): Uint8Array {
  const lengthThroughSignature = new Uint8Array(2)
  setUint16(lengthThroughSignature, 0, offset + integrityLength - 20)
  return createHmac('sha1', key)
    .update(bytes.subarray(0, 2))
    .update(lengthThroughSignature)
    .update(bytes.subarray(4, offset))
    .digest()
}
