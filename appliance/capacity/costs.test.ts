import t from 'tap'
import { ASSUMED_COSTS, type Costs, LearnedCosts } from './costs.ts'

const near = (value: number, wanted: number, by = 0.05) => Math.abs(value / wanted - 1) < by
/** A call as its packets of a second. */
const small = { received: 160, sent: 500 }
const large = { received: 210, sent: 4_500 }
const talkative = { received: 2_000, sent: 8_000 }

type Packets = typeof small

const loadOf = ({ received, sent }: Packets, costs: Costs) =>
  costs.worker + received * costs.received + sent * costs.sent

function seconds(learned: LearnedCosts, count: number, packets: Packets, load: number): void {
  const work = { seconds: 1, workerSeconds: 1, ...packets, usedSeconds: load }
  for (let second = 0; second < count; second++) learned.add(work)
}

t.test('assumes until large calls have run for some time', async (t) => {
  const learned = new LearnedCosts()
  seconds(learned, 20, large, 0.17)
  t.equal(learned.isMeasured, false)
  t.same(learned.costs, ASSUMED_COSTS)
  seconds(learned, 600, large, 0.17)
  t.equal(learned.isMeasured, true)
  t.ok(near(loadOf(large, learned.costs), 0.17, 0.1), JSON.stringify(learned.costs))
})

t.test('tells what comes from what goes, where calls differ', async (t) => {
  const learned = new LearnedCosts()
  const costs = { worker: 0.004, received: 50e-6, sent: 30e-6 }
  for (let turn = 0; turn < 60; turn++) {
    for (const packets of [large, talkative]) seconds(learned, 10, packets, loadOf(packets, costs))
  }
  t.ok(learned.costs.received < 70e-6, JSON.stringify(learned.costs))
  t.ok(near(learned.costs.sent, costs.sent, 0.15))
})

t.test('a small call that is dear does not make a large one dear', async (t) => {
  const learned = new LearnedCosts()
  const foretold = loadOf(large, learned.costs)
  seconds(learned, 120, small, 2 * loadOf(small, ASSUMED_COSTS))
  t.ok(near(loadOf(large, learned.costs), foretold, 0.01))
  seconds(learned, 3_600, small, 2 * loadOf(small, ASSUMED_COSTS))
  t.equal(learned.isMeasured, true)
  t.ok(loadOf(large, learned.costs) < 1.5 * foretold, JSON.stringify(learned.costs))
  seconds(learned, 900, large, foretold)
  t.ok(near(loadOf(large, learned.costs), foretold, 0.1), 'the large one soon says how it is')
})

t.test('the hundredths that the kernel counts in even out', async (t) => {
  const learned = new LearnedCosts()
  let used = 0
  for (let second = 0; second < 3_000; second++) {
    const before = Math.floor(used * 100)
    used += 0.125
    seconds(learned, 1, large, (Math.floor(used * 100) - before) / 100)
  }
  t.ok(near(loadOf(large, learned.costs), 0.125), JSON.stringify(learned.costs))
})

t.test('a window that cannot be moves it little, and nonsense not at all', async (t) => {
  const learned = new LearnedCosts()
  seconds(learned, 600, large, 0.1)
  seconds(learned, 10, large, 30)
  t.ok(loadOf(large, learned.costs) < 0.11, JSON.stringify(learned.costs))
  const before = learned.costs
  seconds(learned, 600, { received: 50, sent: 50 }, 0.5)
  t.same(learned.costs, before, 'too little passes to tell')
  seconds(learned, 600, { received: -500, sent: 5_000 }, 0.5)
  seconds(learned, 600, { received: Number.NaN, sent: 5_000 }, 0.5)
  seconds(learned, 600, { received: 500, sent: Number.POSITIVE_INFINITY }, 0.5)
  seconds(learned, 600, large, -0.5)
  t.same(learned.costs, before)
})
