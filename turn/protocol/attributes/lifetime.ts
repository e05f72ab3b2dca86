import { setUint32, uint32At } from '../bytes.ts'
import { failure, success } from '../result.ts'
import type { AttributeCodec } from './attribute-codec.ts'

/** Seconds an allocation is asked or granted: LIFETIME (RFC 8656 §18.2). */
export const lifetime: AttributeCodec<number> = {
  type: 0x000d,
  decode: (value) => (value.length === 4 ? success(uint32At(value, 0)) : failure('bad-attribute')),
  encode(seconds) {
    const value = new Uint8Array(4)
    setUint32(value, 0, seconds)
    return value
  },
}
