import { setUint16, uint16At } from '../bytes.ts'
import { failure, success } from '../result.ts'
import type { AttributeCodec } from './attribute-codec.ts'

/** Types the server had to understand and did not: UNKNOWN-ATTRIBUTES (RFC 8489 §14.13). */
export const unknownAttributes: AttributeCodec<readonly number[]> = {
  type: 0x000a,
  decode(value) {
    if (value.length % 2 !== 0) return failure('bad-attribute')
    return success(Array.from({ length: value.length / 2 }, (_, i) => uint16At(value, i * 2)))
  },
  encode(types) {
    const value = new Uint8Array(types.length * 2)
    for (const [index, type] of types.entries()) setUint16(value, index * 2, type)
    return value
  },
}
