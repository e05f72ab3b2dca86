import { setUint32, uint32At } from '../bytes.ts'
import { failure, success } from '../result.ts'
import type { AttributeCodec } from './attribute-codec.ts'

/** Which parts of the address an answer is to come from shall differ. */
export type Change = Readonly<{ ip: boolean; port: boolean }>

/** Asks for an answer from the server's other IP or port: CHANGE-REQUEST (RFC 5780 §7.2). */
export const changeRequest: AttributeCodec<Change> = {
  type: 0x0003,
  decode(value) {
    if (value.length !== 4) return failure('bad-attribute')
    const flags = uint32At(value, 0)
    return success({ ip: (flags & 4) !== 0, port: (flags & 2) !== 0 })
  },
  encode({ ip, port }) {
    const value = new Uint8Array(4)
    setUint32(value, 0, (ip ? 4 : 0) | (port ? 2 : 0))
    return value
  },
}
