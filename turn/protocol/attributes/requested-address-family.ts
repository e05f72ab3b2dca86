import { failure, success } from '../result.ts'
import type { Family } from '../transport-address.ts'
import type { AttributeCodec } from './attribute-codec.ts'

/** IP version of the wanted relayed address, `other` for one nobody knows: REQUESTED-ADDRESS-FAMILY (RFC 8656 §18.6). */
export const requestedAddressFamily: AttributeCodec<Family | 'other'> = {
  type: 0x0017,
  decode(value) {
    if (value.length !== 4) return failure('bad-attribute')
    if (value[0] === 1) return success(4)
    return success(value[0] === 2 ? 6 : 'other')
  },
  encode: (family) => Uint8Array.of(family === 4 ? 1 : family === 6 ? 2 : 0, 0, 0, 0),
}
