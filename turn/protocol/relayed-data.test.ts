import fc from 'fast-check'
import t from 'tap'
import { readAttributes } from './attributes/attribute-codec.ts'
import { data } from './attributes/data.ts'
import { lifetime } from './attributes/lifetime.ts'
import { xorPeerAddress } from './attributes/xor-peer-address.ts'
import { formatIp } from './ip-address.ts'
import { methods } from './methods.ts'
import { encodeDataIndication, readPlainSend } from './relayed-data.ts'
import { encodeStunMessage, parseStunMessage, type TransactionId } from './stun-message.ts'

const transactionIds = fc
  .uint8Array({ minLength: 12, maxLength: 12 })
  .map((bytes) => bytes as TransactionId)
const ips = fc
  .oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  )
  .map((bytes) => ({ bytes, family: bytes.length === 4 ? (4 as const) : (6 as const) }))
const ports = fc.nat(65_535)
const payloads = fc.uint8Array({ maxLength: 40 })

/** What the parser for any message makes of a Send indication. */
function parsedGenerally(bytes: Uint8Array) {
  const parsed = parseStunMessage(bytes)
  if (!parsed.ok) return undefined
  const read = readAttributes(parsed.value, { peer: xorPeerAddress, data })
  return read.ok ? read.value : undefined
}

t.test('reads from a plain Send indication what the general parser reads', (t) => {
  fc.assert(
    fc.property(transactionIds, ips, ports, payloads, fc.boolean(), (id, ip, port, body, first) => {
      const peer = { family: ip.family, ip: formatIp(ip.bytes), port }
      const attributes = [
        { type: xorPeerAddress.type, value: xorPeerAddress.encode(peer, id) },
        { type: data.type, value: body },
      ]
      if (!first) attributes.reverse()
      const message = { method: methods.send, transactionId: id, attributes }
      const bytes = encodeStunMessage({ class: 'indication', ...message })
      const read = readPlainSend(bytes)
      t.equal(read !== undefined, ip.family === 4)
      if (read) t.same(read, parsedGenerally(bytes))
    }),
  )
  t.end()
})

t.test('leaves everything but the plain form to the general parser', (t) => {
  const id = new Uint8Array(12) as TransactionId
  const peer = { family: 4, ip: '192.0.2.1', port: 9 } as const
  const plain = [
    { type: xorPeerAddress.type, value: xorPeerAddress.encode(peer, id) },
    { type: data.type, value: Uint8Array.of(1, 2, 3) },
  ]
  const encode = (attributes: typeof plain, kind: 'indication' | 'request' = 'indication') =>
    encodeStunMessage({ class: kind, method: methods.send, transactionId: id, attributes })
  const more = { type: lifetime.type, value: lifetime.encode(600, id) }
  t.ok(readPlainSend(encode(plain)))
  t.equal(readPlainSend(encode([...plain, more])), undefined)
  t.equal(readPlainSend(encode([more, ...plain])), undefined)
  t.equal(readPlainSend(encode(plain.slice(0, 1))), undefined)
  t.equal(readPlainSend(encode(plain, 'request')), undefined)
  t.equal(readPlainSend(encode(plain).subarray(0, -4)), undefined)
  t.end()
})

t.test('never reads more out of changed bytes than the general parser', (t) => {
  const change = fc.record({ at: fc.nat(60), to: fc.nat(255) })
  fc.assert(
    fc.property(transactionIds, payloads, fc.array(change, { maxLength: 3 }), (id, body, list) => {
      const peer = { family: 4, ip: '192.0.2.1', port: 9 } as const
      const attributes = [
        { type: xorPeerAddress.type, value: xorPeerAddress.encode(peer, id) },
        { type: data.type, value: body },
      ]
      const message = { method: methods.send, transactionId: id, attributes }
      const bytes = encodeStunMessage({ class: 'indication', ...message })
      for (const { at, to } of list) bytes[at % bytes.length] = to
      const read = readPlainSend(bytes)
      if (read) t.same(read, parsedGenerally(bytes))
    }),
    { numRuns: 2000 },
  )
  t.pass()
  t.end()
})

t.test('encodes the Data indication that the general encoder makes', (t) => {
  fc.assert(
    fc.property(transactionIds, ips, ports, payloads, (id, ip, port, body) => {
      const peer = { family: ip.family, ip: formatIp(ip.bytes), port }
      const attributes = [
        { type: xorPeerAddress.type, value: xorPeerAddress.encode(peer, id) },
        { type: data.type, value: body },
      ]
      const message = { method: methods.data, transactionId: id, attributes }
      const expected = encodeStunMessage({ class: 'indication', ...message })
      const bytes = encodeDataIndication(id, { ip: ip.bytes, port }, body)
      t.equal(Buffer.compare(bytes, expected), 0)
    }),
  )
  t.end()
})
