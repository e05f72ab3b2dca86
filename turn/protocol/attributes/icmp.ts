import { setUint16, setUint32, uint16At, uint32At } from '../bytes.ts'
import { failure, success } from '../result.ts'
import type { AttributeCodec } from './attribute-codec.ts'

/** Type and code of an ICMP message, and its third number, such as the next hop's MTU: ICMP (RFC 8656 §18.13). */
export const icmp: AttributeCodec<Readonly<{ type: number; code: number; info: number }>> = {
  type: 0x8004,
  decode(value) {
    if (value.length !== 8) return failure('bad-attribute')
    const kind = uint16At(value, 2)
    return success({ type: kind >>> 9, code: kind & 0x1ff, info: uint32At(value, 4) })
  },
  encode({ type, code, info }) {
    const value = new Uint8Array(8)
    setUint16(value, 2, ((type & 0x7f) << 9) | (code & 0x1ff)) // seven bits and nine: types of errors are below 128
    setUint32(value, 4, info)
    return value
  },
}
