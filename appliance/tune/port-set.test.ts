import fc from 'fast-check'
import t from 'tap'
import { formatPortSet, parsePortSet, portCount, portSet, without } from './port-set.ts'

t.test('reads and writes lists as the kernel does', async (t) => {
  t.same(parsePortSet(''), [])
  t.equal(formatPortSet(parsePortSet('9000-9010, 8080,9011') ?? []), '8080,9000-9011')
  t.equal(parsePortSet('70000'), undefined)
  t.equal(parsePortSet('9-3'), undefined)
  t.equal(parsePortSet('a'), undefined)
  t.equal(portCount(portSet([{ from: 49152, to: 65535 }])), 16384)
})

const port = fc.integer({ min: 1, max: 40 })
const sets = fc
  .array(fc.tuple(port, port))
  .map((pairs) => portSet(pairs.map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }))))
const members = (set: ReturnType<typeof portSet>) =>
  set.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i))

t.test('joins and takes away as sets of numbers do', async () => {
  fc.assert(
    fc.property(sets, sets, (one, other) => {
      const left = members(without(one, other))
      const expected = members(one).filter((n) => !members(other).includes(n))
      const joined = [...new Set([...members(one), ...members(other)])].sort((a, b) => a - b)
      const again = parsePortSet(formatPortSet(one)) ?? []
      return (
        String(left) === String(expected) &&
        String(members(portSet([...one, ...other]))) === String(joined) &&
        String(members(again)) === String(members(one))
      )
    }),
  )
})
