import { failure, success } from '../result.ts'
import type { AttributeCodec } from './attribute-codec.ts'

/** Asks for an even relay port, and with `reserveNext` for the odd one after it: EVEN-PORT (RFC 8656 §18.7). */
export const evenPort: AttributeCodec<Readonly<{ reserveNext: boolean }>> = {
  type: 0x0018,
  decode(value) {
    if (value.length !== 1) return failure('bad-attribute')
    return success({ reserveNext: ((value[0] ?? 0) & 0x80) !== 0 })
  },
  encode: ({ reserveNext }) => Uint8Array.of(reserveNext ? 0x80 : 0),
}
