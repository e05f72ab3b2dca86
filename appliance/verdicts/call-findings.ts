import type { CallDetails, Verdict } from '#api'
import { diagnoseCalls } from './diagnose-calls.ts'
import type { OwnFacts } from './own-facts.ts'
import { SteadyTroubles } from './steady-troubles.ts'

/** What is wrong in calls, kept current once a second. */
export interface CallFindings {
  refresh(atMs: number): void
  /** Over all calls, the worst first. */
  all(): readonly Verdict[]
  /** Of one call, by its name. */
  of(room: string): readonly Verdict[]
}

/** Creates them. */
export function createCallFindings(
  sources: Readonly<{
    /** The calls that run. */
    calls: () => readonly CallDetails[]
    own: () => OwnFacts
  }>,
): CallFindings {
  const steady = new SteadyTroubles()
  let calls: readonly CallDetails[] = []
  let troubles: ReturnType<SteadyTroubles['refresh']> = []
  let all: readonly Verdict[] = []
  return {
    refresh(atMs) {
      calls = sources.calls()
      troubles = steady.refresh(calls, atMs)
      all = diagnoseCalls(calls, sources.own(), troubles)
    },
    all: () => all,
    /** Judged with everybody in view: who is alone in a call may share a network with others. */
    of(room) {
      const ofRoom = troubles.filter(({ member }) => member.room === room)
      return ofRoom.length === 0 ? [] : diagnoseCalls(calls, sources.own(), ofRoom)
    },
  }
}
