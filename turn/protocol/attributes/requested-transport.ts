import { failure, success } from '../result.ts'
import type { AttributeCodec } from './attribute-codec.ts'

/** IP protocol number between server and peers, 17 for UDP: REQUESTED-TRANSPORT (RFC 8656 §18.8). */
export const requestedTransport: AttributeCodec<number> = {
  type: 0x0019,
  decode: (value) => (value.length === 4 ? success(value[0] ?? 0) : failure('bad-attribute')),
  encode: (protocol) => Uint8Array.of(protocol, 0, 0, 0),
}
