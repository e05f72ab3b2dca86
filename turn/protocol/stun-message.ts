import { paddedLength, setUint16, setUint32, uint16At, uint32At } from './bytes.ts'
import { fingerprintType, hasValidFingerprint, writeFingerprint } from './fingerprint.ts'
import {
  type Integrity,
  integrityLength,
  messageIntegritySha256Type,
  messageIntegrityType,
  writeIntegrity,
} from './integrity.ts'
import { failure, type ParseFault, type Result, success } from './result.ts'

declare const brand: unique symbol

/** Twelve bytes that pair a request with its response (RFC 8489 §5). */
export type TransactionId = Uint8Array & { readonly [brand]: 'TransactionId' }

/** What a message is for (RFC 8489 §5). */
export type MessageClass = 'request' | 'indication' | 'success' | 'error'

/** One attribute as it lies in a message; `value` is a view without the padding. */
export type RawAttribute = Readonly<{ type: number; value: Uint8Array }>

/** A well-formed message. `attributes` are views into `bytes`, in order, without those that integrity does not cover. */
export type StunMessage = Readonly<{
  class: MessageClass
  method: number
  transactionId: TransactionId
  attributes: readonly RawAttribute[]
  bytes: Uint8Array
}>

/** What follows the attributes of an encoded message: a signature made with `key`, SHA-1 by default, then a checksum. */
export type Trailer = Readonly<{
  key?: Uint8Array | undefined
  integrity?: Integrity
  fingerprint?: boolean
}>

/** Bytes before the first attribute (RFC 8489 §5). */
export const headerLength = 20
const magicCookie = 0x2112a442 // RFC 8489 §5
const classes: readonly MessageClass[] = ['request', 'indication', 'success', 'error']

/** Parses one whole message. Attributes after the signature are left out, save the stronger signature and the checksum (RFC 8489 §14.5, §14.6). */
export function parseStunMessage(bytes: Uint8Array): Result<StunMessage, ParseFault> {
  if (bytes.length < headerLength) return failure('too-short')
  const type = uint16At(bytes, 0)
  const length = uint16At(bytes, 2)
  if (type > 0x3fff || length % 4 !== 0 || length + headerLength !== bytes.length) {
    return failure('bad-length')
  }
  if (uint32At(bytes, 4) !== magicCookie) return failure('bad-cookie')
  const attributes = walkAttributes(bytes)
  if (!attributes.ok) return attributes
  if (attributes.value.at(-1)?.type === fingerprintType && !hasValidFingerprint(bytes)) {
    return failure('bad-fingerprint')
  }
  return success({
    class: classes[((type >> 7) & 2) | ((type >> 4) & 1)] ?? 'request',
    method: (type & 0xf) | ((type >> 1) & 0x70) | ((type >> 2) & 0xf80),
    transactionId: bytes.subarray(8, headerLength) as TransactionId,
    attributes: attributes.value,
    bytes,
  })
}

function walkAttributes(bytes: Uint8Array): Result<RawAttribute[], ParseFault> {
  const attributes: RawAttribute[] = []
  let signedBy = 0
  let offset = headerLength
  while (offset < bytes.length) {
    const type = uint16At(bytes, offset)
    const end = offset + 4 + uint16At(bytes, offset + 2)
    if (end > bytes.length) return failure('bad-attribute')
    if (mayFollow(type, signedBy)) {
      attributes.push({ type, value: bytes.subarray(offset + 4, end) })
      if (type === messageIntegrityType || type === messageIntegritySha256Type) signedBy = type
    }
    offset = paddedLength(end)
    if (type === fingerprintType && offset < bytes.length) return failure('bad-attribute')
  }
  return success(attributes)
}

function mayFollow(type: number, signedBy: number): boolean {
  if (signedBy === 0 || type === fingerprintType) return true
  return signedBy === messageIntegrityType && type === messageIntegritySha256Type
}

/** Encodes a message; the signature and the checksum come last, each with the length that ends at itself (RFC 8489 §14.5, §14.7). */
export function encodeStunMessage(
  message: Omit<StunMessage, 'bytes'>,
  trailer: Trailer = {},
): Uint8Array {
  let length = headerLength
  for (const { value } of message.attributes) length += 4 + paddedLength(value.length)
  const { key, integrity = 'sha1', fingerprint = false } = trailer
  const total = length + (key ? integrityLength(integrity) : 0) + (fingerprint ? 8 : 0)
  const bytes = new Uint8Array(total)
  setUint16(bytes, 0, messageType(message.class, message.method))
  setUint16(bytes, 2, length - headerLength)
  setUint32(bytes, 4, magicCookie)
  bytes.set(message.transactionId, 8)
  let offset = headerLength
  for (const { type, value } of message.attributes) {
    setUint16(bytes, offset, type)
    setUint16(bytes, offset + 2, value.length)
    bytes.set(value, offset + 4)
    offset += 4 + paddedLength(value.length)
  }
  if (key) offset = writeIntegrity(bytes, offset, { key, integrity })
  if (fingerprint) writeFingerprint(bytes, offset)
  return bytes
}

function messageType(messageClass: MessageClass, method: number): number {
  const c = classes.indexOf(messageClass)
  return (
    (method & 0xf) |
    ((method & 0x70) << 1) |
    ((method & 0xf80) << 2) |
    ((c & 1) << 4) |
    ((c & 2) << 7)
  )
}
