import { failure, success } from '../result.ts'
import type { AttributeCodec } from './attribute-codec.ts'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/** Makes the codec of a UTF-8 text of 1 to `maxBytes` bytes; anything else is a bad attribute. */
export function textCodec(type: number, maxBytes: number): AttributeCodec<string> {
  return {
    type,
    decode(value) {
      if (value.length === 0 || value.length > maxBytes) return failure('bad-attribute')
      const text = decodeUtf8(value)
      return text === undefined ? failure('bad-attribute') : success(text)
    },
    encode: (text) => encoder.encode(text),
  }
}

function decodeUtf8(value: Uint8Array): string | undefined {
  try {
    return decoder.decode(value)
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}
