import t from 'tap'
import { readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { nonce } from '../protocol/attributes/nonce.ts'
import { passwordAlgorithm } from '../protocol/attributes/password-algorithm.ts'
import { realm } from '../protocol/attributes/realm.ts'
import { userhash, userhashOf } from '../protocol/attributes/userhash.ts'
import { username } from '../protocol/attributes/username.ts'
import { xorMappedAddress } from '../protocol/attributes/xor-mapped-address.ts'
import {
  integrityOf,
  longTermKey,
  messageIntegritySha256Type,
  verifyIntegrity,
} from '../protocol/integrity.ts'
import { encodeStunMessage, parseStunMessage, type StunMessage } from '../protocol/stun-message.ts'
import { featuresOf } from '../server/nonce.ts'

const shortTermKey = Buffer.from('VOkJxbRl1RmTxUk/WvJxBt')

const vectors = {
  request: `00010058 2112a442 b7e7a701bc34d686fa87dfae 80220010 5354554e207465737420636c69656e74
    00240004 6e0001ff 80290008 932ff9b151263b36 00060009 6576746a3a68367659202020
    00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2 80280004 e57a3bcf`,
  ipv4Response: `0101003c 2112a442 b7e7a701bc34d686fa87dfae 8022000b 7465737420766563746f7220
    00200008 0001a147e112a643 00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7 80280004 c07d4c96`,
  ipv6Response: `01010048 2112a442 b7e7a701bc34d686fa87dfae 8022000b 7465737420766563746f7220
    00200014 0002a1470113a9faa5d3f179bc25f4b5bed2b9d9
    00080014 a382954e4be67bf11784c97c8292c275bfe3ed41 80280004 c8fb0b4c`,
  longTermRequest: `00010060 2112a442 78ad3433c6ad72c029da412e
    00060012 e3839ee38388e383aae38383e382afe382b90000
    0015001c 662f2f3439396b39353464364f4c33346f4c39465354767936347341
    0014000b 6578616d706c652e6f726700 00080014 f67024656dd64a3e02b8e0712e85c9a28ca89666`,
  sha256Request: `00010090 2112a442 78ad3433c6ad72c029da412e
    001e0020 4a3cf38fef6992bda952c6780417da0f24819415569e60b205c46e41407f1704
    00150029 6f624d61744a6f733241414143662f2f3439396b39353464364f4c33346f4c39465354767936347341000000
    0014000b 6578616d706c652e6f726700 001d0004 00020000
    001c0020 b5c7bf005b6c52a21c51c5e892f81924136296cb927c43149309278cc6518e65`,
}

function parsed(hex: string): StunMessage {
  const result = parseStunMessage(Buffer.from(hex.replace(/\s/g, ''), 'hex'))
  if (!result.ok) throw new Error(result.fault)
  return result.value
}

t.test('reads the sample request: padding of spaces, signature, checksum (RFC 5769 §2.1)', (t) => {
  const message = parsed(vectors.request)
  const read = readAttributes(message, { username })
  t.match(message, { class: 'request', method: 1 })
  t.same(read, { ok: true, value: { username: 'evtj:h6vY' } })
  t.equal(verifyIntegrity(message, shortTermKey), true)
  t.equal(verifyIntegrity(message, Buffer.from('another password')), false)
  t.end()
})

t.test('reads the sample IPv4 response (RFC 5769 §2.2)', (t) => {
  const message = parsed(vectors.ipv4Response)
  const read = readAttributes(message, { mapped: xorMappedAddress })
  t.match(message, { class: 'success', method: 1 })
  t.same(read, { ok: true, value: { mapped: { family: 4, ip: '192.0.2.1', port: 32853 } } })
  t.equal(verifyIntegrity(message, shortTermKey), true)
  t.end()
})

t.test('reads the sample IPv6 response (RFC 5769 §2.3)', (t) => {
  const message = parsed(vectors.ipv6Response)
  const mapped = { family: 6, ip: '2001:db8:1234:5678:11:2233:4455:6677', port: 32853 }
  t.same(readAttributes(message, { mapped: xorMappedAddress }), { ok: true, value: { mapped } })
  t.equal(verifyIntegrity(message, shortTermKey), true)
  t.end()
})

t.test('reads the sample request with long-term authentication (RFC 5769 §2.4)', (t) => {
  const message = parsed(vectors.longTermRequest)
  const name = 'マトリックス'
  t.same(readAttributes(message, { username, nonce, realm }), {
    ok: true,
    value: { username: name, nonce: 'f//499k954d6OL34oL9FSTvy64sA', realm: 'example.org' },
  })
  t.equal(verifyIntegrity(message, longTermKey(name, 'example.org', 'TheMatrIX')), true)
  t.end()
})

t.test(
  'reads the sample request with SHA-256 and a hidden name (RFC 8489 B.1, erratum 6268)',
  (t) => {
    const message = parsed(vectors.sha256Request)
    const name = 'マトリックス'
    const read = readAttributes(message, { userhash, nonce, realm, passwordAlgorithm })
    if (!read.ok || !read.value.nonce || !read.value.userhash) throw new Error('unreadable')
    t.match(read.value, { realm: 'example.org', passwordAlgorithm: 'sha256' })
    t.same(featuresOf(read.value.nonce), { passwordAlgorithms: false, usernameAnonymity: true })
    t.same(Buffer.from(read.value.userhash), userhashOf(name, 'example.org'))
    const key = longTermKey(name, 'example.org', 'TheMatrIX', 'sha256')
    t.equal(integrityOf(message), 'sha256')
    t.equal(verifyIntegrity(message, key), true)
    t.equal(verifyIntegrity(message, longTermKey(name, 'example.org', 'TheMatrIX')), false)
    t.same(
      encodeStunMessage(withoutSignature(message), { key, integrity: 'sha256' }),
      message.bytes,
    )
    t.end()
  },
)

function withoutSignature(message: StunMessage): StunMessage {
  const attributes = message.attributes.filter(({ type }) => type !== messageIntegritySha256Type)
  return { ...message, attributes }
}

t.test('refuses a sample whose checksum is off by one bit (RFC 8489 §14.7)', (t) => {
  const bytes = Buffer.from(vectors.request.replace(/\s/g, ''), 'hex')
  bytes[30] = (bytes[30] ?? 0) ^ 1
  t.same(parseStunMessage(bytes), { ok: false, fault: 'bad-fingerprint' })
  t.end()
})
