import { setUint16, uint16At } from '../bytes.ts'
import { formatIp, parseIp } from '../ip-address.ts'
import { failure, success } from '../result.ts'
import type { TransactionId } from '../stun-message.ts'
import type { TransportAddress } from '../transport-address.ts'
import type { AttributeCodec } from './attribute-codec.ts'

const cookie = Uint8Array.of(0x21, 0x12, 0xa4, 0x42) // RFC 8489 §5
const families = { 1: 4, 2: 6 } as const // RFC 8489 §14.1
const noMask = new Uint8Array(16)

/** Makes the codec of an address hidden from meddling middleboxes by the cookie and the transaction id (RFC 8489 §14.2). */
export function xorAddressCodec(type: number): AttributeCodec<TransportAddress> {
  return codec(type, (transactionId) => Buffer.concat([cookie, transactionId]))
}

/** Makes the codec of an address as it is (RFC 8489 §14.1). */
export function plainAddressCodec(type: number): AttributeCodec<TransportAddress> {
  return codec(type, () => noMask)
}

function codec(
  type: number,
  maskOf: (transactionId: TransactionId) => Uint8Array,
): AttributeCodec<TransportAddress> {
  return {
    type,
    decode(value, transactionId) {
      const family = families[value[1] as 1 | 2]
      if (!family || value.length !== (family === 4 ? 8 : 20)) return failure('bad-attribute')
      const mask = maskOf(transactionId)
      const port = uint16At(value, 2) ^ uint16At(mask, 0)
      const ip = formatIp(applyMask(value.subarray(4), mask))
      return success({ family, ip, port })
    },
    encode(address, transactionId) {
      const ip = parseIp(address.ip)
      if (!ip) throw new TypeError('an address to encode must hold an IP')
      const mask = maskOf(transactionId)
      const value = new Uint8Array(4 + ip.length)
      value[1] = ip.length === 4 ? 1 : 2
      setUint16(value, 2, address.port ^ uint16At(mask, 0))
      value.set(applyMask(ip, mask), 4)
      return value
    },
  }
}

function applyMask(ip: Uint8Array, mask: Uint8Array): Uint8Array {
  return ip.map((byte, index) => byte ^ (mask[index] ?? 0))
}
