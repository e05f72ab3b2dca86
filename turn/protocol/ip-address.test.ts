import { SocketAddress } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import { formatIp, parseIp } from './ip-address.ts'

t.test('writes addresses as the operating system does, so that both can be one key', (t) => {
  const ip6 = fc.array(fc.constantFrom(0, 0, 0, 1, 0xff, 0xab), { minLength: 16, maxLength: 16 })
  fc.assert(
    fc.property(fc.oneof(ip6, fc.array(fc.nat(255), { minLength: 4, maxLength: 4 })), (bytes) => {
      const text = formatIp(Uint8Array.from(bytes))
      const family = bytes.length === 4 ? 'ipv4' : 'ipv6'
      return new SocketAddress({ address: text, family }).address === text
    }),
  )
  t.end()
})

t.test('reads back what it writes', (t) => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ minLength: 4, maxLength: 4 }),
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
      ),
      (bytes) => Buffer.from(bytes).equals(parseIp(formatIp(bytes)) ?? new Uint8Array(0)),
    ),
  )
  t.end()
})

t.test('reads every usual spelling', (t) => {
  const hex = (text: string) => Buffer.from(parseIp(text) ?? []).toString('hex')
  t.equal(hex('::1'), `${'0'.repeat(31)}1`)
  t.equal(hex('fe80::1%eth0'), `fe80${'0'.repeat(27)}1`)
  t.equal(hex('::ffff:192.0.2.1'), '00000000000000000000ffffc0000201')
  t.equal(hex('2001:DB8::a:0:0:1'), '20010db800000000000a000000000001')
  t.equal(hex('::'), '0'.repeat(32))
  t.end()
})

t.test('refuses what is no address', (t) => {
  const bad = [
    '',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4.5',
    'a',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
  ]
  for (const text of [
    ...bad,
    '1:2:3:4:5:6:7:8:9',
    '::1.2.3',
    '1.2.3.4::',
    '12345::',
    '1:2:3:4:5:6:7::8',
  ]) {
    t.equal(parseIp(text), undefined, text)
  }
  t.end()
})
