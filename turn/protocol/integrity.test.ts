import { createHmac } from 'node:crypto'
import t from 'tap'
import { setUint16 } from './bytes.ts'
import {
  integrityOf,
  messageIntegritySha256Type,
  messageIntegrityType,
  verifyIntegrity,
} from './integrity.ts'
import {
  encodeStunMessage,
  parseStunMessage,
  type StunMessage,
  type TransactionId,
} from './stun-message.ts'

const key = Buffer.from('key')
const body = {
  class: 'request',
  method: 1,
  transactionId: new Uint8Array(12) as TransactionId,
  attributes: [{ type: 0x8022, value: Buffer.from('name') }],
} as const

/** Appends a signature of which `length` bytes are sent; the length field ends with it. */
function signed(
  bytes: Uint8Array,
  hash: 'sha1' | 'sha256',
  { length, by = key }: Readonly<{ length: number; by?: Uint8Array }>,
): Uint8Array {
  const head = Buffer.from(bytes)
  setUint16(head, 2, head.length + 4 + length - 20)
  const signature = createHmac(hash, by).update(head).digest()
  const header = Buffer.alloc(4)
  setUint16(header, 0, hash === 'sha1' ? messageIntegrityType : messageIntegritySha256Type)
  setUint16(header, 2, length)
  return Buffer.concat([head, header, Buffer.alloc(length, signature)])
}

function withAttribute(bytes: Uint8Array, type: number, value: string): Uint8Array {
  const longer = Buffer.concat([bytes, Buffer.alloc(4), Buffer.from(value)])
  setUint16(longer, bytes.length, type)
  setUint16(longer, bytes.length + 2, value.length)
  setUint16(longer, 2, longer.length - 20)
  return longer
}

function parsed(bytes: Uint8Array): StunMessage {
  const result = parseStunMessage(bytes)
  if (!result.ok) throw new Error(result.fault)
  return result.value
}

t.test('takes an HMAC-SHA256 cut to 16 bytes or more, a multiple of four (RFC 8489 §14.6)', (t) => {
  const whole = encodeStunMessage(body)
  for (const length of [16, 20, 24, 28, 32]) {
    t.ok(verifyIntegrity(parsed(signed(whole, 'sha256', { length })), key), `${length}`)
  }
  for (const length of [0, 4, 8, 12, 36]) {
    t.notOk(verifyIntegrity(parsed(signed(whole, 'sha256', { length })), key), `${length}`)
  }
  t.notOk(verifyIntegrity(parsed(signed(whole, 'sha1', { length: 16 })), key), 'never SHA-1')
  t.end()
})

t.test('goes by SHA-256 when a message is signed twice (RFC 8489 §9.2.4)', (t) => {
  const bySha1 = signed(encodeStunMessage(body), 'sha1', { length: 20 })
  const right = parsed(signed(bySha1, 'sha256', { length: 32 }))
  t.equal(integrityOf(right), 'sha256')
  t.ok(verifyIntegrity(right, key))
  const wrong = parsed(signed(bySha1, 'sha256', { length: 32, by: Buffer.from('other') }))
  t.notOk(verifyIntegrity(wrong, key))
  t.end()
})

t.test(
  'reads nothing after a signature but SHA-256 after SHA-1, and the checksum (RFC 8489 §14.5, §14.6)',
  (t) => {
    const typesOf = (bytes: Uint8Array) => parsed(bytes).attributes.map(({ type }) => type)
    const plain = encodeStunMessage(body)
    const bySha1 = signed(plain, 'sha1', { length: 20 })
    const bySha256 = signed(plain, 'sha256', { length: 32 })
    t.same(typesOf(withAttribute(bySha1, 0x0006, 'evil')), [0x8022, messageIntegrityType])
    t.same(typesOf(withAttribute(bySha256, 0x0006, 'evil')), [0x8022, messageIntegritySha256Type])
    t.same(typesOf(signed(bySha256, 'sha1', { length: 20 })), [0x8022, messageIntegritySha256Type])
    const both = signed(bySha1, 'sha256', { length: 32 })
    const all = [0x8022, messageIntegrityType, messageIntegritySha256Type]
    t.same(typesOf(both), all)
    t.same(typesOf(signed(both, 'sha256', { length: 32 })), all, 'the first of each counts')
    t.end()
  },
)
