import t from 'tap'
import { sliceRelayPorts } from './relay-slices.ts'

t.test('cuts the ports into slices that do not touch and lose none', async (t) => {
  for (const [min, max, count] of [
    [49_152, 65_535, 3],
    [20_001, 20_100, 4],
    [20_000, 20_005, 3],
  ] as const) {
    const slices = sliceRelayPorts({ min, max }, count)
    t.equal(slices.length, count)
    t.equal(slices[0]?.min, min)
    t.equal(slices.at(-1)?.max, max)
    for (const [i, slice] of slices.entries()) {
      const next = slices[i + 1]
      if (next) t.equal(slice.max + 1, next.min)
      if (i > 0) t.equal(slice.min % 2, 0, 'a pair of ports lies in one slice')
      t.ok(slice.max > slice.min)
    }
  }
})

t.test('refuses a range without a pair of ports for each', async (t) => {
  const small = { min: 20_000, max: 20_003 }
  t.throws(() => sliceRelayPorts(small, 3), { code: 'TURN_BAD_OPTION', message: /turn.workers/ })
})
