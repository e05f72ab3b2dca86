import fc from 'fast-check'
import t from 'tap'
import type { CallDetails, CallParticipant, Verdict } from '#api'
import { diagnoseCalls, MAX_PEOPLE, MAX_VERDICTS } from './diagnose-calls.ts'
import { SteadyTroubles } from './steady-troubles.ts'
import { callOf, freeze, NOW_MS, OWN, person } from './test/sample-calls.ts'
import { memberKey } from './troubles.ts'

const figure = fc.option(fc.oneof(fc.double(), fc.integer({ min: 0, max: 1000 })), {
  nil: undefined,
})
const link = fc.record({
  lossPercent: figure,
  jitterMs: figure,
  rttMs: figure,
  bitsPerSecond: fc.double(),
})
const address = fc.option(
  fc.oneof(fc.ipV4(), fc.ipV6(), fc.string(), fc.constantFrom('10.0.0.1', '203.0.113.5')),
  { nil: undefined },
)
const anybody: fc.Arbitrary<CallParticipant> = fc
  .record({
    identity: fc.oneof(fc.string(), fc.constantFrom('ada', '__proto__', 'grace')),
    name: fc.string(),
    joinedAtMs: fc.integer({ min: NOW_MS - 1e7, max: NOW_MS + 1e5 }),
    path: fc.constantFrom('udp', 'tcp', 'turn-udp', 'turn-tcp', 'turn-tls', undefined),
    address,
    client: fc.oneof(fc.string(), fc.constantFrom('livekit-client 1.9.0, Chrome 80')),
    up: link,
    down: link,
  })
  .map((more) => person(more.identity, more as Partial<CallParticipant>))
const anyCall: fc.Arbitrary<CallDetails> = fc
  .record({
    name: fc.constantFrom('a', 'b', 'constructor'),
    participants: fc.array(anybody, { maxLength: 60 }),
    frozen: fc.array(fc.constantFrom('ada', 'grace', 'x'), { maxLength: 8 }),
    endedAtMs: fc.constantFrom(undefined, undefined, NOW_MS),
  })
  .map(({ name, participants, frozen, endedAtMs }) =>
    callOf(participants, {
      name,
      endedAtMs,
      events: frozen.map((identity) => freeze(identity, NOW_MS - 1000)),
    }),
  )
const anyFacts = fc.record({
  ports: fc.constant(OWN.ports),
  strain: fc.constantFrom([], ['it is busy']),
  relaysRefused: fc.nat(),
})

/** Whether each verdict is short and names somebody, but nobody who was named for its kind before. */
function isWellMade(verdicts: readonly Verdict[]): boolean {
  const named = verdicts.flatMap(({ id, people = [] }) =>
    people.map((member) => `${id.split(':')[0]} ${memberKey(member)}`),
  )
  const sizes = verdicts.map(({ people = [] }) => people.length)
  return [
    verdicts.length <= MAX_VERDICTS,
    verdicts.every(({ text }) => text.length < 700),
    sizes.every((size) => size > 0 && size <= MAX_PEOPLE),
    new Set(named).size === named.length,
    new Set(verdicts.map(({ id }) => id)).size === verdicts.length,
  ].every(Boolean)
}

t.test('never throws, stays short, and names nobody twice for one kind', async (t) => {
  fc.assert(
    fc.property(fc.array(anyCall, { maxLength: 6 }), anyFacts, (calls, facts) =>
      isWellMade(diagnoseCalls(calls, facts)),
    ),
    { numRuns: 300 },
  )
  t.pass()
})

t.test('a level that wavers around its bar is told at most once', async (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 1.8, max: 4.2, noNaN: true }), { minLength: 120, maxLength: 120 }),
      (series) => {
        const steady = new SteadyTroubles()
        const heard = series.map((lossPercent, second) => {
          const atMs = NOW_MS + second * 1000
          const ada = person('ada', { up: { ...person('x').up, lossPercent } })
          const calls = [callOf([ada], { atMs })]
          return diagnoseCalls(calls, OWN, steady.refresh(calls, atMs)).length
        })
        const changes = heard.filter((count, index) => index > 0 && count !== heard[index - 1])
        return changes.length <= 1
      },
    ),
    { numRuns: 100 },
  )
  t.pass()
})

t.test('tells late, keeps the worst figure, and lets go late', async (t) => {
  const steady = new SteadyTroubles()
  const at = (second: number, lossPercent: number) => {
    const atMs = NOW_MS + second * 1000
    const calls = [callOf([person('Ada', { up: { ...person('x').up, lossPercent } })], { atMs })]
    return diagnoseCalls(calls, OWN, steady.refresh(calls, atMs)).map(({ text }) => text)
  }
  for (let second = 0; second < 8; second++) t.same(at(second, 5), [], `second ${second}`)
  t.match(at(8, 9), [/up to 9 %/])
  t.match(at(9, 5), [/up to 9 %/])
  for (let second = 10; second < 29; second++) t.match(at(second, 0), [/up to 9 %/])
  t.same(at(29, 0), [])
  t.same(steady.refresh([], NOW_MS + 60_000), [])
  t.same(at(61, 9), [])
  const gone = NOW_MS + 70_000
  t.same(at(70, 9).length, 1)
  t.same(steady.refresh([callOf([], { atMs: gone })], gone), [], 'who left is not spoken of')
})
