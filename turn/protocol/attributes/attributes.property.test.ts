import fc from 'fast-check'
import t from 'tap'
import { formatIp } from '../ip-address.ts'
import type { TransactionId } from '../stun-message.ts'
import type { TransportAddress } from '../transport-address.ts'
import type { AttributeCodec } from './attribute-codec.ts'
import { changeRequest } from './change-request.ts'
import { channelNumber } from './channel-number.ts'
import { connectionId } from './connection-id.ts'
import { data } from './data.ts'
import { errorCode } from './error-code.ts'
import { evenPort } from './even-port.ts'
import { lifetime } from './lifetime.ts'
import { nonce } from './nonce.ts'
import { otherAddress } from './other-address.ts'
import { padding } from './padding.ts'
import { passwordAlgorithm, passwordAlgorithms } from './password-algorithm.ts'
import { realm } from './realm.ts'
import { requestedAddressFamily } from './requested-address-family.ts'
import { requestedTransport } from './requested-transport.ts'
import { reservationToken } from './reservation-token.ts'
import { responseOrigin } from './response-origin.ts'
import { responsePort } from './response-port.ts'
import { unknownAttributes } from './unknown-attributes.ts'
import { userhash } from './userhash.ts'
import { username } from './username.ts'
import { xorMappedAddress } from './xor-mapped-address.ts'
import { xorPeerAddress } from './xor-peer-address.ts'
import { xorRelayedAddress } from './xor-relayed-address.ts'

const transactionId = Uint8Array.from({ length: 12 }, (_, i) => i * 21) as TransactionId
const address: fc.Arbitrary<TransportAddress> = fc
  .tuple(
    fc.constantFrom(4 as const, 6 as const),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    fc.nat(65_535),
  )
  .map(([family, ip, port]) => ({
    family,
    ip: formatIp(family === 4 ? ip.subarray(0, 4) : ip),
    port,
  }))
const text = (maxBytes: number) =>
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
    .filter((s) => Buffer.byteLength(s) <= maxBytes)

const cases: readonly Readonly<{
  name: string
  codec: AttributeCodec<unknown>
  values: fc.Arbitrary<unknown>
}>[] = [
  { name: 'XOR-MAPPED-ADDRESS', codec: xorMappedAddress, values: address },
  { name: 'XOR-PEER-ADDRESS', codec: xorPeerAddress, values: address },
  { name: 'XOR-RELAYED-ADDRESS', codec: xorRelayedAddress, values: address },
  { name: 'USERNAME', codec: username, values: text(508) },
  { name: 'REALM', codec: realm, values: text(763) },
  { name: 'NONCE', codec: nonce, values: text(763) },
  { name: 'LIFETIME', codec: lifetime, values: fc.nat(0xffffffff) },
  {
    name: 'CHANNEL-NUMBER',
    codec: channelNumber,
    values: fc.integer({ min: 0x4000, max: 0x7ffe }),
  },
  { name: 'DATA', codec: data, values: fc.uint8Array() },
  { name: 'ERROR-CODE', codec: errorCode, values: fc.integer({ min: 300, max: 699 }) },
  { name: 'EVEN-PORT', codec: evenPort, values: fc.record({ reserveNext: fc.boolean() }) },
  {
    name: 'REQUESTED-ADDRESS-FAMILY',
    codec: requestedAddressFamily,
    values: fc.constantFrom(4, 6, 'other'),
  },
  { name: 'REQUESTED-TRANSPORT', codec: requestedTransport, values: fc.nat(255) },
  {
    name: 'RESERVATION-TOKEN',
    codec: reservationToken,
    values: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  },
  { name: 'UNKNOWN-ATTRIBUTES', codec: unknownAttributes, values: fc.array(fc.nat(0xffff)) },
  {
    name: 'USERHASH',
    codec: userhash,
    values: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  },
  {
    name: 'PASSWORD-ALGORITHM',
    codec: passwordAlgorithm,
    values: fc.constantFrom('md5', 'sha256', 'other'),
  },
  { name: 'PASSWORD-ALGORITHMS', codec: passwordAlgorithms, values: fc.uint8Array() },
  {
    name: 'CHANGE-REQUEST',
    codec: changeRequest,
    values: fc.record({ ip: fc.boolean(), port: fc.boolean() }),
  },
  { name: 'PADDING', codec: padding, values: fc.uint8Array() },
  { name: 'RESPONSE-PORT', codec: responsePort, values: fc.integer({ min: 1, max: 65_535 }) },
  { name: 'RESPONSE-ORIGIN', codec: responseOrigin, values: address },
  { name: 'OTHER-ADDRESS', codec: otherAddress, values: address },
  { name: 'CONNECTION-ID', codec: connectionId, values: fc.nat(0xffffffff) },
]

for (const { name, codec, values } of cases) {
  t.test(`${name} reads back what it encodes, and no bytes make it throw`, (t) => {
    fc.assert(
      fc.property(values, (value) => {
        const decoded = codec.decode(codec.encode(value, transactionId), transactionId)
        t.same(decoded, { ok: true, value })
      }),
      { numRuns: 50 },
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
        codec.decode(bytes, transactionId)
      }),
    )
    t.end()
  })
}

t.test(
  'their types are those of the IANA registry (RFC 8489 §18.3, RFC 8656 §18, RFC 5780 §9, RFC 6062 §6.2)',
  (t) => {
    t.same(
      cases.map(({ codec }) => codec.type),
      [
        ...[
          0x20, 0x12, 0x16, 0x06, 0x14, 0x15, 0x0d, 0x0c, 0x13, 0x09, 0x18, 0x17, 0x19, 0x22, 0x0a,
        ],
        ...[0x1e, 0x1d, 0x8002],
        ...[0x03, 0x26, 0x27, 0x802b, 0x802c],
        0x2a,
      ],
    )
    t.end()
  },
)

t.test('refuses texts longer than their limits', (t) => {
  const bytes = (length: number) => Buffer.alloc(length, 'x')
  t.match(username.decode(bytes(509), transactionId), { fault: 'bad-attribute' })
  t.match(realm.decode(bytes(764), transactionId), { fault: 'bad-attribute' })
  t.match(username.decode(Uint8Array.of(0xff), transactionId), { fault: 'bad-attribute' })
  t.match(username.decode(bytes(0), transactionId), { fault: 'bad-attribute' })
  t.end()
})
