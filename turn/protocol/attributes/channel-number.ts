import { setUint16, uint16At } from '../bytes.ts'
import { type ChannelNumber, isChannelNumber } from '../channel-data.ts'
import { failure, success } from '../result.ts'
import type { AttributeCodec } from './attribute-codec.ts'

/** The channel a client wants to bind: CHANNEL-NUMBER (RFC 8656 §18.1); a number no channel may have is a bad attribute. */
export const channelNumber: AttributeCodec<ChannelNumber> = {
  type: 0x000c,
  decode(value) {
    const number = uint16At(value, 0)
    return value.length === 4 && isChannelNumber(number)
      ? success(number)
      : failure('bad-attribute')
  },
  encode(number) {
    const value = new Uint8Array(4)
    setUint16(value, 0, number)
    return value
  },
}
