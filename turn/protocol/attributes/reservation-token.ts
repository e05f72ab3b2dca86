import { failure, success } from '../result.ts'
import type { AttributeCodec } from './attribute-codec.ts'

/** Eight bytes that name a reserved relay port: RESERVATION-TOKEN (RFC 8656 §18.10). */
export const reservationToken: AttributeCodec<Uint8Array> = {
  type: 0x0022,
  decode: (value) => (value.length === 8 ? success(value) : failure('bad-attribute')),
  encode: (token) => token,
}
