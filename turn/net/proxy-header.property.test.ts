import fc from 'fast-check'
import t from 'tap'
import { encodeProxyHeader } from '../test/proxy-header.ts'
import { parseProxyHeader } from './proxy-header.ts'

const port = fc.integer({ min: 1, max: 65_535 })
const v4 = fc.tuple(fc.ipV4(), port).map(([ip, port]) => ({ family: 4 as const, ip, port }))
/** Addresses of which one way of writing is known. */
const v6 = fc
  .tuple(fc.integer({ min: 0x1000, max: 0xffff }), port)
  .map(([group, port]) => ({ family: 6 as const, ip: `2001:db8::${group.toString(16)}`, port }))
const ends = fc.oneof(fc.tuple(v4, v4), fc.tuple(v6, v6))
const more = fc.uint8Array({ maxLength: 200 })

t.test(
  'reads the ends that a proxy writes, skips what it adds, leaves what the client says',
  (t) => {
    fc.assert(
      fc.property(ends, more, more, ([source, destination], added, said) => {
        const bytes = encodeProxyHeader({ source, destination }, added)
        const parsed = parseProxyHeader(Buffer.concat([bytes, said]))
        t.match(parsed, {
          ok: true,
          value: { header: { source, destination }, length: bytes.length },
        })
      }),
    )
    t.end()
  },
)

t.test('waits for the rest of a header, however it is cut', (t) => {
  fc.assert(
    fc.property(ends, more, fc.nat(), ([source, destination], added, cut) => {
      const bytes = encodeProxyHeader({ source, destination }, added)
      const parsed = parseProxyHeader(bytes.subarray(0, cut % bytes.length))
      t.match(parsed, { ok: false, fault: 'more' })
    }),
  )
  t.end()
})

t.test('says something about any bytes, and never waits for more than its bound', (t) => {
  const anyHeader = fc
    .tuple(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ maxLength: 3000 }))
    .map(([fixed, rest]) =>
      Buffer.concat([encodeProxyHeader('local').subarray(0, 12), fixed, rest]),
    )
  fc.assert(
    fc.property(fc.oneof(anyHeader, fc.uint8Array()), (bytes) => {
      const parsed = parseProxyHeader(bytes)
      if (parsed.ok) t.ok(parsed.value.length <= bytes.length)
      else if (parsed.fault === 'more') t.ok(bytes.length < 16 + 2048)
    }),
    { numRuns: 1000 },
  )
  t.end()
})
