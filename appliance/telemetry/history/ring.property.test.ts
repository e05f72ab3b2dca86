import fc from 'fast-check'
import t from 'tap'
import { COLUMN_COUNT, type Row } from './columns.ts'
import { Ring } from './ring.ts'

const STEP_MS = 1000
const ROWS = 7
const size = { stepMs: STEP_MS, rows: ROWS }

const values = fc.array(fc.float({ noDefaultInfinity: true }), {
  minLength: COLUMN_COUNT,
  maxLength: COLUMN_COUNT,
})
const row: fc.Arbitrary<Row> = fc.record({
  atMs: fc.integer({ min: 1, max: 40 }).map((step) => step * STEP_MS),
  seconds: fc.integer({ min: 1, max: 10 }),
  values,
})

/** What a ring should have: of each place, what was put there last. */
function modelOf(rows: readonly Row[]): ReadonlyMap<number, Row> {
  return new Map(rows.map((row) => [(row.atMs / STEP_MS) % ROWS, row]))
}

function text(rows: readonly Row[]): string {
  return JSON.stringify(rows.map((row) => ({ ...row, values: Array.from(row.values) })))
}

function filled(rows: readonly Row[]): Ring {
  const ring = new Ring(size)
  for (const row of rows) ring.put(row)
  return ring
}

t.test('has of each step what was put last, whatever the clock did', async (t) => {
  fc.assert(
    fc.property(fc.array(row), fc.nat(45), fc.nat(45), (rows, one, other) => {
      const ring = filled(rows)
      const [fromMs, toMs] = [Math.min(one, other) * STEP_MS, Math.max(one, other) * STEP_MS]
      const wanted = [...modelOf(rows).values()]
        .filter(({ atMs }) => atMs >= Math.max(fromMs, toMs - ring.spanMs) && atMs < toMs)
        .sort((a, b) => a.atMs - b.atMs)
      const found = ring.between(fromMs, toMs)
      const oldest = [...modelOf(rows).values()]
        .map(({ atMs }) => atMs)
        .filter((atMs) => atMs >= toMs - ring.spanMs && atMs < toMs)
        .sort((a, b) => a - b)
        .at(0)
      return (
        text(found) === text(wanted) &&
        ring.oldest(toMs) === oldest &&
        ring.bytes.length === new Ring(size).bytes.length
      )
    }),
  )
  t.pass()
})

t.test('a file’s bytes give the same ring, but for the rows that are damaged', async (t) => {
  fc.assert(
    fc.property(
      fc.array(row, { minLength: 1 }),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { maxLength: 3 }),
      (rows, damages) => {
        const bytes = Buffer.from(filled(rows).bytes)
        const rowBytes = (bytes.length - 64) / ROWS
        const hit = new Set<number>()
        for (const [place, flip] of damages) {
          const at = 64 + (place % (bytes.length - 64))
          bytes[at] = (bytes[at] ?? 0) ^ flip
          hit.add(Math.floor((at - 64) / rowBytes))
        }
        const ring = new Ring(size)
        if (ring.load(bytes) !== undefined) return false
        return [...modelOf(rows)].every(([place, row]) => {
          const found = ring.row(row.atMs)
          // Two flips of one byte may undo each other.
          if (found === undefined) return hit.has(place)
          return text([found]) === text([row])
        })
      },
    ),
  )
  t.pass()
})

t.test('takes no bytes of another size, another step or other columns', async (t) => {
  const bytes = () => Buffer.from(filled([]).bytes)
  t.equal(new Ring(size).load(bytes()), undefined)
  t.equal(new Ring(size).load(bytes().subarray(1)), 'its size is another')
  t.equal(new Ring({ stepMs: 2000, rows: ROWS }).load(bytes()), 'its columns are others')
  const others = bytes()
  others[20] = (others[20] ?? 0) ^ 1
  t.equal(new Ring(size).load(others), 'its columns are others')
})
