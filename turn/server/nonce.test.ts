import fc from 'fast-check'
import t from 'tap'
import type { FiveTuple } from '../protocol/transport-address.ts'
import { featuresOf, Nonces } from './nonce.ts'

const nonces = new Nonces(Buffer.alloc(32, 1))
const server = { family: 4, ip: '203.0.113.1', port: 3478 } as const
const features = { passwordAlgorithms: true, usernameAnonymity: false }
const now = 1_800_000_000

function clientAt(port: number): FiveTuple {
  return { transport: 'udp', client: { family: 4, ip: '192.0.2.1', port }, server }
}

t.test('takes for an hour what it issued, of that client only', (t) => {
  const nonce = nonces.issue(clientAt(1000), now, features)
  t.equal(nonce.length, 32)
  for (const [seconds, fresh] of [
    [-1, false],
    [0, true],
    [3600, true],
    [3601, false],
  ] as const) {
    t.equal(nonces.isFresh(nonce, clientAt(1000), now + seconds), fresh, `${seconds} s`)
  }
  t.equal(nonces.isFresh(nonce, clientAt(1001), now), false)
  t.equal(nonces.isFresh(nonce, { ...clientAt(1000), transport: 'tcp' }, now), false)
  t.equal(new Nonces(Buffer.alloc(32, 2)).isFresh(nonce, clientAt(1000), now), false)
  t.end()
})

t.test('no other text is fresh, and none makes it throw', (t) => {
  const nonce = nonces.issue(clientAt(1000), now, features)
  const changed = fc
    .tuple(fc.nat(31), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }))
    .map(([at, letter]) => nonce.slice(0, at) + letter + nonce.slice(at + 1))
  fc.assert(
    fc.property(fc.oneof(changed, fc.string({ unit: 'grapheme', maxLength: 40 })), (text) => {
      featuresOf(text)
      return text === nonce || !nonces.isFresh(text, clientAt(1000), now)
    }),
    { numRuns: 2000 },
  )
  t.pass()
  t.end()
})

t.test('names its features as the sample request does (RFC 8489 §9.2, B.1, erratum 6290)', (t) => {
  const anonymous = { passwordAlgorithms: false, usernameAnonymity: true }
  t.match(nonces.issue(clientAt(1), now, anonymous), /^obMatJos2AAAC/)
  for (const each of [anonymous, features, { passwordAlgorithms: true, usernameAnonymity: true }]) {
    t.same(featuresOf(nonces.issue(clientAt(1), now, each)), each)
  }
  const none = { passwordAlgorithms: false, usernameAnonymity: false }
  t.same(featuresOf('AAABAAABAAABAAABAAABAAABAAABAAAB'), none)
  t.end()
})
