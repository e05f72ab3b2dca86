import fc from 'fast-check'
import t from 'tap'
import { encodeAck, encodeOpen, parseDcep } from './dcep.ts'

t.test('encodes and parses an OPEN (RFC 8832 §5.1)', async (t) => {
  const reliable = encodeOpen({ label: 'chat', reliable: true })
  t.equal(Buffer.from(reliable).toString('hex'), `03000000000000000004000063686174`)
  t.match(parseDcep(reliable), { type: 'open', label: 'chat', ordered: true, reliable: true })
  const lossy = encodeOpen({ label: 'é', reliable: false })
  t.equal(Buffer.from(lossy).toString('hex'), `038200000000006400020000c3a9`)
  t.match(parseDcep(lossy), { type: 'open', label: 'é', ordered: false, reliable: false })
})

t.test('tells ordered from reliable (RFC 8832 §8.2.2)', async (t) => {
  const typed = (channelType: number) => {
    const bytes = encodeOpen({ label: 'x', reliable: true })
    bytes[1] = channelType
    return parseDcep(bytes)
  }
  t.match(typed(0x80), { ordered: false, reliable: true })
  t.match(typed(0x01), { ordered: true, reliable: false })
  t.match(typed(0x81), { ordered: false, reliable: false })
  t.match(typed(0x02), { ordered: true, reliable: false })
})

t.test('encodes and parses an ACK (RFC 8832 §5.2)', async (t) => {
  t.strictSame([...encodeAck()], [2])
  t.strictSame(parseDcep(encodeAck()), { type: 'ack' })
})

t.test('refuses cut messages, other types and long labels', async (t) => {
  const open = encodeOpen({ label: 'chat', reliable: true })
  for (let length = 0; length < open.length; length += 1) {
    t.equal(parseDcep(open.subarray(0, length)), undefined)
  }
  t.equal(parseDcep(Uint8Array.of(4)), undefined)
  t.equal(parseDcep(encodeOpen({ label: 'x'.repeat(257), reliable: true })), undefined)
})

t.test('no bytes throw', async (t) => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void parseDcep(bytes)))
  t.pass()
})
