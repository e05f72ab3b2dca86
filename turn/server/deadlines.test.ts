import fc from 'fast-check'
import t, { type Test } from 'tap'
import { Deadlines } from './deadlines.ts'

const command = fc.oneof(
  fc.record({ do: fc.constant('set' as const), id: fc.nat(20), atMs: fc.nat(100) }),
  fc.record({ do: fc.constant('delete' as const), id: fc.nat(20) }),
  fc.record({ do: fc.constant('take' as const), nowMs: fc.nat(100) }),
)

type Command = typeof command extends fc.Arbitrary<infer T> ? T : never

function perform(t: Test, c: Command, deadlines: Deadlines, model: Map<string, number>): void {
  if (c.do === 'take') {
    checkTaken(t, deadlines.takeDue(c.nowMs), c.nowMs, model)
    return
  }
  const id = `${c.id}`
  if (c.do === 'set') {
    deadlines.set(id, c.atMs)
    model.set(id, c.atMs)
  } else {
    deadlines.delete(id)
    model.delete(id)
  }
}

function checkTaken(
  t: Test,
  taken: string | undefined,
  nowMs: number,
  model: Map<string, number>,
): void {
  const earliest = Math.min(...model.values())
  if (earliest > nowMs) t.equal(taken, undefined)
  else t.equal(model.get(taken ?? ''), earliest)
  model.delete(taken ?? '')
}

t.test('does what a plain map searched through would do', (t) => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
      const deadlines = new Deadlines()
      const model = new Map<string, number>()
      for (const one of commands) {
        perform(t, one, deadlines, model)
        t.equal(deadlines.size, model.size)
        t.equal(deadlines.next(), model.size ? Math.min(...model.values()) : undefined)
      }
    }),
    { numRuns: 50 },
  )
  t.end()
})
