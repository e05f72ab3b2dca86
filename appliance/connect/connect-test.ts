import type { ConnectTest } from '#api'
import { messageOf } from '../errors.ts'

/** What came of a test: sentences, and what to do where it is not well. */
export type Outcome = Readonly<{ state: ConnectTest['state']; detail: string; fix?: string }>

/** Something to try. A rejection of `run` is a failure with that message. */
export type Trial = Readonly<{ id: string; title: string; run: () => Promise<Outcome> }>

/** It works. */
export function works(detail: string): Outcome {
  return { state: 'ok', detail }
}

/** It does not. */
export function fails(detail: string, fix: string): Outcome {
  return { state: 'failed', detail, fix }
}

/** Tries all at once, and counts how long each takes. */
export function runTrials(trials: readonly Trial[]): Promise<ConnectTest[]> {
  return Promise.all(trials.map(runTrial))
}

async function runTrial({ id, title, run }: Trial): Promise<ConnectTest> {
  const beganAtMs = performance.now()
  const {
    state,
    detail,
    fix = '',
  } = await run().catch((error: unknown) =>
    fails(`It could not be tried: ${messageOf(error)}.`, 'Look at the log around this time.'),
  )
  return { id, title, state, detail, fix, tookMs: Math.round(performance.now() - beganAtMs) }
}
