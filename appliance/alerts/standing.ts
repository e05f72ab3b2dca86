import type { AlertState } from '#api'
import type { AlertRule, Measured } from './rule.ts'

/** How an alert stands, and since when; `clearSinceMs` is when a firing one began to look over. */
export type Standing = Readonly<{
  state: AlertState
  sinceMs: number
  clearSinceMs: number | undefined
}>

/** Before anything was measured. */
export function newStanding(atMs: number): Standing {
  return { state: 'unknown', sinceMs: atMs, clearSinceMs: undefined }
}

/**
 * How an alert stands after another measurement. Between the level that it fires at and the one
 * that it resolves at it stays as it was. Without a measurement it does not fire; one that fires
 * is resolved after its time, as when everybody has left.
 */
export function step(
  rule: AlertRule,
  before: Standing,
  measured: Measured | undefined,
  atMs: number,
): Standing {
  const sinceMs = Math.min(before.sinceMs, atMs) // the clock may have been set back
  return before.state === 'firing'
    ? stepFiring(rule, { ...before, sinceMs }, measured, atMs)
    : stepQuiet(rule, { ...before, sinceMs }, measured, atMs)
}

function stepQuiet(
  rule: AlertRule,
  before: Standing,
  measured: Measured | undefined,
  atMs: number,
): Standing {
  const to = (state: AlertState): Standing =>
    state === before.state ? before : { state, sinceMs: atMs, clearSinceMs: undefined }
  if (measured === undefined) return to('unknown')
  if (!isBeyond(rule, rule.fires, measured)) return to('ok')
  const heldMs = before.state === 'pending' ? atMs - before.sinceMs : 0
  return to(heldMs >= rule.forMs ? 'firing' : 'pending')
}

function stepFiring(
  rule: AlertRule,
  before: Standing,
  measured: Measured | undefined,
  atMs: number,
): Standing {
  if (measured !== undefined && isBeyond(rule, rule.resolves, measured)) {
    return before.clearSinceMs === undefined ? before : { ...before, clearSinceMs: undefined }
  }
  const clearSinceMs = Math.min(before.clearSinceMs ?? atMs, atMs)
  if (atMs - clearSinceMs < rule.clearMs) return { ...before, clearSinceMs }
  const state = measured === undefined ? 'unknown' : 'ok'
  return { state, sinceMs: atMs, clearSinceMs: undefined }
}

function isBeyond({ isBelow }: AlertRule, level: number, { value }: Measured): boolean {
  return isBelow ? value < level : value > level
}
