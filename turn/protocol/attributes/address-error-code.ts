import { failure, success } from '../result.ts'
import type { Family } from '../transport-address.ts'
import type { AttributeCodec } from './attribute-codec.ts'
import { errorCode } from './error-code.ts'

/** Why one IP version of a dual allocation could not be had: ADDRESS-ERROR-CODE (RFC 8656 §18.12). No reason phrase. */
export const addressErrorCode: AttributeCodec<Readonly<{ family: Family; code: number }>> = {
  type: 0x8001,
  decode(value, transactionId) {
    const code = errorCode.decode(value, transactionId)
    if (!code.ok) return code
    const family = value[0] === 1 ? 4 : value[0] === 2 ? 6 : undefined
    return family ? success({ family, code: code.value }) : failure('bad-attribute')
  },
  encode({ family, code }, transactionId) {
    const value = errorCode.encode(code, transactionId)
    value[0] = family === 4 ? 1 : 2
    return value
  },
}
