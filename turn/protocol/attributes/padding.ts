import { success } from '../result.ts'
import type { AttributeCodec } from './attribute-codec.ts'

/** Bytes that mean nothing but make a message long, so that it travels in fragments: PADDING (RFC 5780 §7.6). */
export const padding: AttributeCodec<Uint8Array> = {
  type: 0x0026,
  decode: (value) => success(value),
  encode: (value) => value,
}
