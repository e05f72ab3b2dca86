import { success } from '../result.ts'
import type { AttributeCodec } from './attribute-codec.ts'

/** What a Send or Data indication carries, possibly nothing; a view, not a copy: DATA (RFC 8656 §18.4). */
export const data: AttributeCodec<Uint8Array> = {
  type: 0x0013,
  decode: (value) => success(value),
  encode: (value) => value,
}
