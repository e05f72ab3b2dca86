import { success } from '../result.ts'
import type { AttributeCodec } from './attribute-codec.ts'

/** Asks for datagrams with the DF bit; it is there or not, a value is ignored: DONT-FRAGMENT (RFC 8656 §18.9). */
export const dontFragment: AttributeCodec<true> = {
  type: 0x001a,
  decode: () => success(true),
  encode: () => new Uint8Array(0),
}
