import { setUint16, uint16At } from '../bytes.ts'
import type { PasswordAlgorithm } from '../integrity.ts'
import { failure, success } from '../result.ts'
import type { AttributeCodec } from './attribute-codec.ts'

const numbers = { md5: 1, sha256: 2 } as const // RFC 8489 §18.5

/** How the client makes its key, `other` for a way nobody knows: PASSWORD-ALGORITHM (RFC 8489 §14.12). Neither known way has parameters. */
export const passwordAlgorithm: AttributeCodec<PasswordAlgorithm | 'other'> = {
  type: 0x001d,
  decode(value) {
    const parametersLength = uint16At(value, 2)
    if (value.length < 4 || value.length < 4 + parametersLength) return failure('bad-attribute')
    const number = uint16At(value, 0)
    if (parametersLength !== 0) return success('other')
    return success(number === numbers.md5 ? 'md5' : number === numbers.sha256 ? 'sha256' : 'other')
  },
  encode: (algorithm) => entry(algorithm),
}

/** Ways to make a key as they lie in a message, best first: PASSWORD-ALGORITHMS (RFC 8489 §14.11); compared as bytes, so not decoded. */
export const passwordAlgorithms: AttributeCodec<Uint8Array> = {
  type: 0x8002,
  decode: (value) => success(value),
  encode: (list) => list,
}

/** The list of some algorithms. */
export function passwordAlgorithmList(algorithms: readonly PasswordAlgorithm[]): Uint8Array {
  return Buffer.concat(algorithms.map(entry))
}

function entry(algorithm: PasswordAlgorithm | 'other'): Uint8Array {
  const value = new Uint8Array(4)
  setUint16(value, 0, algorithm === 'other' ? 0 : numbers[algorithm])
  return value
}
