import { readinessBy } from './ask-readiness.ts'
import { awaitReady, type ReadyOutcome } from './await-ready.ts'
import type { Host } from './host.ts'
import { keptAt, placesOf } from './places.ts'
import type { Pending } from './update-state.ts'

/** How a switch from one release to another is done. */
export type SwitchOptions = Readonly<{
  /** Hears of each step before it is done. */
  step: (text: string) => void | Promise<void>
  /** How long the appliance may take to become ready. */
  limitMs: number
}>

/** How long it has to stay ready before that is believed. */
export const STABLE_MS = 10_000

/** Waits for the service as an update does. */
export function becomesReady(
  host: Host,
  { excused }: Pick<Pending, 'excused'>,
  { before, limitMs }: Readonly<{ before?: string; limitMs: number }>,
): Promise<ReadyOutcome> {
  const { service, clock, root } = host
  const readiness = readinessBy(host, keptAt(placesOf(root)))
  return awaitReady({ service, clock, readiness, excused, before, stableMs: STABLE_MS, limitMs })
}
