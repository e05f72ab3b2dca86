import fc from 'fast-check'
import t from 'tap'
import { type CapacityFacts, estimateRoom } from './model.ts'

const share = fc.double({ min: 0, max: 1.2, noNaN: true })
const facts: fc.Arbitrary<CapacityFacts> = fc.record(
  {
    costs: fc.record({
      worker: share,
      received: fc.double({ min: 2e-6, max: 1e-3, noNaN: true }),
      sent: fc.double({ min: 2e-6, max: 300e-6, noNaN: true }),
    }),
    call: fc.record({ people: fc.nat(2_000), speakers: fc.nat(500) }),
    worker: fc.record({ busy: share, steal: fc.double({ min: 0, max: 1, noNaN: true }) }),
    machine: fc.record({ busy: share, cores: fc.integer({ min: 1, max: 128 }) }),
    network: fc.record({
      sentBitsPerSecond: fc.nat(2_000_000_000),
      linkBitsPerSecond: fc.option(fc.nat(1_000_000_000), { nil: undefined }),
    }),
    memory: fc.record({ usedBytes: fc.nat(2 ** 31), totalBytes: fc.nat(2 ** 31) }),
    relay: fc.record({ used: fc.nat(9_000), total: fc.nat(9_000), share }),
  },
  { requiredKeys: ['costs', 'call', 'worker', 'machine', 'network', 'memory'] },
)

type Change = (facts: CapacityFacts, more: number) => CapacityFacts

/** Ways in which a machine can have more to do. */
const heavier: Readonly<Record<string, Change>> = {
  'a busier worker': (of, more) => ({
    ...of,
    worker: { ...of.worker, busy: of.worker.busy + more },
  }),
  'more stolen time': (of, more) => ({
    ...of,
    worker: { ...of.worker, steal: Math.min(1, of.worker.steal + more) },
  }),
  'a busier machine': (of, more) => ({
    ...of,
    machine: { ...of.machine, busy: of.machine.busy + more },
  }),
  'dearer packets that come': (of, more) => ({
    ...of,
    costs: { ...of.costs, received: of.costs.received * (1 + more) },
  }),
  'dearer packets that go': (of, more) => ({
    ...of,
    costs: { ...of.costs, sent: of.costs.sent * (1 + more) },
  }),
  'more open microphones': (of, more) => ({
    ...of,
    call: { ...of.call, speakers: of.call.speakers + Math.ceil(more * 10) },
  }),
  'more people': (of, more) => ({
    ...of,
    call: { ...of.call, people: of.call.people + Math.ceil(more * 10) },
  }),
  'a larger screen': (of, more) => ({
    ...of,
    call: { ...of.call, screenBitsPerSecond: more * 4_000_000 },
  }),
  'more traffic': (of, more) => ({
    ...of,
    network: { ...of.network, sentBitsPerSecond: of.network.sentBitsPerSecond + more * 1e8 },
  }),
  'less free memory': (of, more) => ({
    ...of,
    memory: { ...of.memory, usedBytes: of.memory.usedBytes + more * 1e9 },
  }),
}

t.test('figures are whole and never below zero', async (t) => {
  fc.assert(
    fc.property(facts, (given) => {
      const { listeners, speakers, screens } = estimateRoom(given)
      for (const figure of [listeners, speakers, screens]) {
        if (!Number.isInteger(figure) || figure < 0) throw new Error(`${figure}`)
      }
    }),
  )
  t.pass()
})

for (const [name, change] of Object.entries(heavier)) {
  t.test(`${name} never leave more room`, async (t) => {
    fc.assert(
      fc.property(facts, fc.double({ min: 0, max: 2, noNaN: true }), (given, more) => {
        const before = estimateRoom(given)
        const after = estimateRoom(change(given, more))
        for (const kind of ['listeners', 'speakers', 'screens'] as const) {
          if (after[kind] > before[kind])
            throw new Error(`${kind}: ${before[kind]} → ${after[kind]}`)
        }
      }),
    )
    t.pass()
  })
}
