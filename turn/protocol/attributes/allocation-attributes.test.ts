import t from 'tap'
import type { TransactionId } from '../stun-message.ts'
import { additionalAddressFamily } from './additional-address-family.ts'
import { addressErrorCode } from './address-error-code.ts'
import { dontFragment } from './dont-fragment.ts'
import { icmp } from './icmp.ts'

const id = new Uint8Array(12) as TransactionId
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

t.test('writes the bytes of RFC 8656 §18.9 to §18.13, and reads them back', (t) => {
  t.equal(hex(additionalAddressFamily.encode(6, id)), '02000000')
  t.same(additionalAddressFamily.decode(Uint8Array.of(1, 0, 0, 0), id), { ok: true, value: 4 })
  const missing = { family: 6, code: 508 } as const
  t.equal(hex(addressErrorCode.encode(missing, id)), '02000508')
  t.same(addressErrorCode.decode(addressErrorCode.encode(missing, id), id), {
    ok: true,
    value: missing,
  })
  const tooBig = { type: 3, code: 4, info: 1400 }
  t.equal(hex(icmp.encode(tooBig, id)), '0000060400000578', 'seven bits of type, nine of code')
  t.same(icmp.decode(icmp.encode(tooBig, id), id), { ok: true, value: tooBig })
  t.equal(dontFragment.encode(true, id).length, 0)
  const types = [additionalAddressFamily, addressErrorCode, icmp, dontFragment].map((c) => c.type)
  t.same(types, [0x8000, 0x8001, 0x8004, 0x001a])
  t.end()
})

t.test('refuses values of another length or meaning', (t) => {
  t.equal(additionalAddressFamily.decode(Uint8Array.of(2), id).ok, false)
  t.equal(addressErrorCode.decode(Uint8Array.of(0, 0, 5, 8), id).ok, false, 'no family')
  t.equal(icmp.decode(new Uint8Array(4), id).ok, false)
  t.end()
})
