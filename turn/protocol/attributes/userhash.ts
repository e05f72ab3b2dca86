import { createHash } from 'node:crypto'
import { failure, success } from '../result.ts'
import type { AttributeCodec } from './attribute-codec.ts'

const length = 32

/** The user's name as a hash, so that nobody on the way reads it: USERHASH (RFC 8489 §14.4). */
export const userhash: AttributeCodec<Uint8Array> = {
  type: 0x001e,
  decode: (value) => (value.length === length ? success(value) : failure('bad-attribute')),
  encode: (hash) => hash,
}

/** The hash that stands for a name in a realm: SHA-256 of `username:realm`, 32 bytes (RFC 8489 §14.4). */
export function userhashOf(username: string, realm: string): Uint8Array {
  return createHash('sha256').update(`${username}:${realm}`).digest()
}
