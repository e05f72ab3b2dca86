import t from 'tap'
import { parseStunMessage } from './stun-message.ts'

const header = '2112a442000102030405060708090a0b'
const parse = (hex: string) => parseStunMessage(Buffer.from(hex, 'hex'))

t.test('refuses what is no whole message', (t) => {
  t.match(parse('000100'), { fault: 'too-short' })
  t.match(parse(`00010004${header}`), { fault: 'bad-length' }, 'announces more than there is')
  t.match(parse(`00010000${header}00000000`), { fault: 'bad-length' }, 'has more than announced')
  t.match(parse(`00010002${header}0000`), { fault: 'bad-length' }, 'not a multiple of four')
  t.match(parse(`00010000${header.replace('2112', '2113')}`), { fault: 'bad-cookie' })
  t.match(parse(`00010004${header}80220005`), { fault: 'bad-attribute' })
  t.match(parse(`00010000${header}`), { ok: true })
  t.end()
})

t.test('leaves out what comes after the signature, save the checksum (RFC 8489 §14.5)', (t) => {
  const signature = `00080014${'00'.repeat(20)}`
  const after = parse(`00010028${header}${signature}0006000431323334000d000400000000`)
  t.same(after.ok && after.value.attributes.map(({ type }) => type), [0x0008])
  t.end()
})

t.test('refuses anything after the checksum (RFC 8489 §14.7)', (t) => {
  t.match(parse(`0001000c${header}802800040000000080220000`), { fault: 'bad-attribute' })
  t.end()
})
