import t from 'tap'
import { LossBurst } from './loss-burst.ts'

/** Takes one measurement a second; returns what was told, by second. */
function measure(burst: LossBurst, percents: readonly (number | undefined)[], fromMs = 0) {
  return percents.flatMap((percent, second) => {
    const told = burst.measure(percent, fromMs + second * 1_000)
    return told ? [{ second, ...told }] : []
  })
}

t.test('a burst begins when the loss lasts, and ends when it is over for a while', async (t) => {
  const burst = new LossBurst()
  const percents = [...Array(20).fill(8), ...Array(20).fill(undefined)]
  t.match(measure(burst, percents), [
    { second: 4, state: 'begins', percent: Number },
    { second: 28, state: 'ends', lastedMs: 24_000, percent: Number },
  ])
})

t.test('a moment of loss is no burst, nor is a little all the time', async (t) => {
  t.same(measure(new LossBurst(), [0, 0, 20, 0, 0, 0]), [])
  t.same(measure(new LossBurst(), Array(100).fill(3)), [])
})

t.test('loss that comes and goes around the limit is one burst', async (t) => {
  const percents = Array.from({ length: 60 }, (_, second) => (second % 4 < 2 ? 9 : 1))
  t.equal(measure(new LossBurst(), percents).length, 1)
})

t.test('tells the most that there was', async (t) => {
  const burst = new LossBurst()
  const [, end] = measure(burst, [...Array(30).fill(50), ...Array(30).fill(0)])
  t.ok(end?.percent && end.percent > 45 && end.percent <= 50, `${end?.percent}`)
})
