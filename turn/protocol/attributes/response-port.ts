import { setUint16, uint16At } from '../bytes.ts'
import { failure, success } from '../result.ts'
import type { AttributeCodec } from './attribute-codec.ts'

/** Asks for the answer at another port of the client's address: RESPONSE-PORT (RFC 5780 §7.5); some clients leave the reserved bytes out. */
export const responsePort: AttributeCodec<number> = {
  type: 0x0027,
  decode(value) {
    const port = uint16At(value, 0)
    const isPort = (value.length === 2 || value.length === 4) && port !== 0
    return isPort ? success(port) : failure('bad-attribute')
  },
  encode(port) {
    const value = new Uint8Array(4)
    setUint16(value, 0, port)
    return value
  },
}
