import t from 'tap'
import { LEAST_SPAN_MS, shifted, spanWords, tableStepMs, zoomed } from './time-range.ts'

const BOUNDS = { fromMs: 0, toMs: 1_000_000 }

t.test(
  'zooms around the middle, never out of the bounds nor below what is worth looking at',
  async (t) => {
    t.same(zoomed({ fromMs: 400_000, toMs: 600_000 }, 0.5, BOUNDS), {
      fromMs: 450_000,
      toMs: 550_000,
    })
    t.same(zoomed({ fromMs: 900_000, toMs: 1_000_000 }, 2, BOUNDS), {
      fromMs: 800_000,
      toMs: 1_000_000,
    })
    t.same(zoomed({ fromMs: 0, toMs: 900_000 }, 4, BOUNDS), BOUNDS)
    const least = zoomed({ fromMs: 400_000, toMs: 404_000 }, 0.5, BOUNDS)
    t.equal(least.toMs - least.fromMs, LEAST_SPAN_MS)
  },
)

t.test('shifts by a share of its length and stops at the bounds', async (t) => {
  t.same(shifted({ fromMs: 400_000, toMs: 600_000 }, -0.5, BOUNDS), {
    fromMs: 300_000,
    toMs: 500_000,
  })
  t.same(shifted({ fromMs: 850_000, toMs: 950_000 }, 1, BOUNDS), {
    fromMs: 900_000,
    toMs: 1_000_000,
  })
  t.same(shifted({ fromMs: 50_000, toMs: 150_000 }, -1, BOUNDS), { fromMs: 0, toMs: 100_000 })
})

t.test('a table of any range has few rows, and none finer than what was recorded', async (t) => {
  const span = (ms: number) => ({ fromMs: 0, toMs: ms })
  t.equal(tableStepMs(span(600_000), 1000), 30_000)
  t.equal(tableStepMs(span(60_000), 1000), 5000)
  t.equal(tableStepMs(span(86_400_000), 144_000), 3_600_000)
  t.equal(tableStepMs(span(31 * 86_400_000), 4_464_000), 172_800_000)
  t.equal(tableStepMs(span(60_000), 120_000), 120_000)
})

t.test('names a short stretch by the clock, a long one with its days', async (t) => {
  const noon = new Date(2027, 0, 15, 12, 0, 0).getTime()
  t.equal(spanWords({ fromMs: noon, toMs: noon + 90_000 }), '12:00:00 to 12:01:30')
  t.equal(spanWords({ fromMs: noon - 86_400_000, toMs: noon }), '14 Jan 12:00 to 15 Jan 12:00')
})
