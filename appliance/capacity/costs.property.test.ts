import fc from 'fast-check'
import t from 'tap'
import { ASSUMED_COSTS, type Costs, LearnedCosts, MOST_TIMES_ASSUMED, type Work } from './costs.ts'

const NAMES = ['worker', 'received', 'sent'] as const
const some = (max: number) => fc.double({ min: 0, max, noNaN: true })
/** A window of its own length. */
const work: fc.Arbitrary<Work> = fc.record({
  seconds: fc.double({ min: 10, max: 60, noNaN: true }),
  workerSeconds: some(240),
  received: some(1e6),
  sent: some(1e7),
  usedSeconds: some(240),
})

function learnedFrom(works: readonly Work[]): LearnedCosts {
  const learned = new LearnedCosts()
  for (const each of works) learned.add(each)
  return learned
}

const holds = (is: boolean, costs: unknown) => {
  if (!is) throw new Error(JSON.stringify(costs))
}

t.test('whatever it is told, each cost is positive and within its bounds', async (t) => {
  fc.assert(
    fc.property(fc.array(work, { maxLength: 40 }), (works) => {
      const { costs } = learnedFrom(works)
      for (const name of NAMES) {
        const times = costs[name] / ASSUMED_COSTS[name]
        holds(times >= 0.999 / MOST_TIMES_ASSUMED && times <= 1.001 * MOST_TIMES_ASSUMED, costs)
      }
    }),
  )
  t.pass()
})

t.test('the same calls with more processor time never make anything cheaper', async (t) => {
  const count = fc.integer({ min: 1, max: 60 })
  fc.assert(
    fc.property(work, some(60), count, (given, more, windows) => {
      const of = (usedSeconds: number) =>
        learnedFrom(Array.from({ length: windows }, () => ({ ...given, usedSeconds }))).costs
      const [before, after] = [of(given.usedSeconds), of(given.usedSeconds + more)]
      for (const name of NAMES) holds(after[name] >= before[name] * 0.999, { before, after })
    }),
  )
  t.pass()
})

t.test('no small call, however noisy, moves what a packet costs far', async (t) => {
  const noise = fc.array(some(4), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(noise, (factors) => {
      const costs: Costs = learnedFrom(
        factors.map((factor) => ({
          seconds: 10,
          workerSeconds: 10,
          received: 1_600,
          sent: 5_000,
          usedSeconds: 0.25 * factor,
        })),
      ).costs
      holds(Math.abs(costs.sent / ASSUMED_COSTS.sent - 1) < 0.25, costs)
    }),
  )
  t.pass()
})
