import type { AdminSection, AlertStatus, Status } from '#api'
import type { AlertWindow } from './alert-window.ts'

/** Everything that alerts are judged by, besides what was before. */
export type AlertFacts = Readonly<{
  status: Status
  /** Whether the system's clock follows a time server; `undefined` where that cannot be told. */
  isClockSynchronized: boolean | undefined
  /** What the public address turned out to be when it was last looked up; `undefined` where it is not. */
  foundAddress: string | undefined
}>

/** What a rule measured: `shown` is the value with its unit, as people read it. */
export type Measured = Readonly<{ value: number; shown: string }>

/**
 * One alert. It fires when the value has been beyond `fires` for `forMs`, and is resolved when the
 * value has not been beyond `resolves` for `clearMs`; beyond is above, or below with `isBelow`.
 */
export type AlertRule = Readonly<
  Pick<AlertStatus, 'id' | 'title' | 'severity' | 'condition' | 'text' | 'fix'> & {
    section?: AdminSection
    fires: number
    resolves: number
    isBelow?: true
    forMs: number
    clearMs: number
    /** `undefined` while there is nothing to measure. */
    measure: (facts: AlertFacts, window: AlertWindow) => Measured | undefined
  }
>

/** Where sites differ: the levels that the configuration may set. */
export type AlertLevels = Readonly<{
  cpuPercent: number
  lossPercent: number
  rttMs: number
  diskPercent: number
  certificateDays: number
}>

export const SECOND_MS = 1000
export const MINUTE_MS = 60_000

/** `37 %`; below ten with one decimal. */
export function percentMeasured(value: number): Measured {
  return { value, shown: `${value.toFixed(value > 0 && value < 9.95 ? 1 : 0)} %` }
}

/** `3 in the last minute`. */
export function countMeasured(value: number, when: string): Measured {
  return { value, shown: value === 0 ? `none in ${when}` : `${value} in ${when}` }
}

/** The share of what is used, `undefined` where nothing is there to use. */
export function shareMeasured(used: number, total: number): Measured | undefined {
  return total > 0 ? percentMeasured((used / total) * 100) : undefined
}
