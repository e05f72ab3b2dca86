import { setUint32, uint32At } from '../bytes.ts'
import { failure, success } from '../result.ts'
import type { AttributeCodec } from './attribute-codec.ts'

/** Names a TCP connection with a peer: CONNECTION-ID (RFC 6062 §6.2.1). */
export const connectionId: AttributeCodec<number> = {
  type: 0x002a,
  decode: (value) => (value.length === 4 ? success(uint32At(value, 0)) : failure('bad-attribute')),
  encode(id) {
    const value = new Uint8Array(4)
    setUint32(value, 0, id)
    return value
  },
}
