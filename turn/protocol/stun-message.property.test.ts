import fc from 'fast-check'
import t from 'tap'
import { type Integrity, integrityLength, integrityOf, verifyIntegrity } from './integrity.ts'
import {
  encodeStunMessage,
  type MessageClass,
  parseStunMessage,
  type TransactionId,
} from './stun-message.ts'

const covering = new Set([0x0008, 0x001c, 0x8028])
const anyMessage = fc.record({
  class: fc.constantFrom<MessageClass>('request', 'indication', 'success', 'error'),
  method: fc.nat(0xfff),
  transactionId: fc
    .uint8Array({ minLength: 12, maxLength: 12 })
    .map((bytes) => bytes as Uint8Array as TransactionId),
  attributes: fc.array(
    fc.record({
      type: fc.nat(0xffff).filter((type) => !covering.has(type)),
      value: fc.uint8Array({ maxLength: 40 }),
    }),
    { maxLength: 8 },
  ),
})
const anyIntegrity = fc.constantFrom<Integrity>('sha1', 'sha256')
const anyChange = fc.integer({ min: 1, max: 255 })
const anyTrailer = fc.record({
  key: fc.option(fc.uint8Array({ minLength: 1, maxLength: 16 }), { nil: undefined }),
  integrity: anyIntegrity,
  fingerprint: fc.boolean(),
})

t.test('reads back what it encodes, signed or not, checksummed or not', (t) => {
  fc.assert(
    fc.property(anyMessage, anyTrailer, (message, trailer) => {
      const parsed = parseStunMessage(encodeStunMessage(message, trailer))
      if (!parsed.ok) return false
      const { attributes, ...head } = parsed.value
      const body = attributes.filter(({ type }) => !covering.has(type))
      t.match(head, { class: message.class, method: message.method })
      t.same(
        body.map(({ type, value }) => [type, [...value]]),
        message.attributes.map(({ type, value }) => [type, [...value]]),
      )
      const signed = trailer.key !== undefined
      if (trailer.key && !verifyIntegrity(parsed.value, trailer.key)) return false
      return integrityOf(parsed.value) === (signed ? trailer.integrity : undefined)
    }),
    { numRuns: 60 },
  )
  t.end()
})

t.test('no bytes make it throw', (t) => {
  const head = Uint8Array.of(0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42)
  const almost = fc.tuple(fc.uint8Array({ maxLength: 80 }), fc.nat(0xff)).map(([rest, length]) => {
    const bytes = Buffer.concat([head, rest])
    bytes[3] = length
    return new Uint8Array(bytes)
  })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 120 }), almost), (bytes) => {
      parseStunMessage(bytes)
    }),
    { numRuns: 2000 },
  )
  t.pass()
  t.end()
})

t.test('one changed byte before the signature breaks it', (t) => {
  const key = Buffer.from('key')
  fc.assert(
    fc.property(anyMessage, anyIntegrity, fc.nat(), anyChange, (message, integrity, at, change) => {
      const bytes = encodeStunMessage(message, { key, integrity })
      const place = at % (bytes.length - integrityLength(integrity))
      bytes[place] = (bytes[place] ?? 0) ^ change
      const parsed = parseStunMessage(bytes)
      return !parsed.ok || !verifyIntegrity(parsed.value, key)
    }),
    { numRuns: 300 },
  )
  t.pass()
  t.end()
})
