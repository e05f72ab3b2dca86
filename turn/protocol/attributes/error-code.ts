import { failure, success } from '../result.ts'
import type { AttributeCodec } from './attribute-codec.ts'

/** Why a request failed: ERROR-CODE (RFC 8489 §14.8). The reason phrase is left out, which keeps answers to strangers small. */
export const errorCode: AttributeCodec<number> = {
  type: 0x0009,
  decode(value) {
    const hundreds = (value[2] ?? 0) & 7
    const rest = value[3] ?? 0
    if (value.length < 4 || hundreds < 3 || hundreds > 6 || rest > 99)
      return failure('bad-attribute')
    return success(hundreds * 100 + rest)
  },
  encode: (code) => Uint8Array.of(0, 0, Math.floor(code / 100), code % 100),
}
