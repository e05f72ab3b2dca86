import type { Clock } from './ambient.ts'

/** What a bucket holds and how fast it fills again. */
export type BucketLimits = Readonly<{ perSecond: number; burst: number }>

/** Allows `burst` units at once and `perSecond` units a second in the long run. */
export class TokenBucket {
  readonly #limits: BucketLimits
  readonly #clock: Pick<Clock, 'nowMs'>
  #tokens: number
  #filledAtMs: number

  constructor(limits: BucketLimits, clock: Pick<Clock, 'nowMs'>) {
    this.#limits = limits
    this.#clock = clock
    this.#tokens = limits.burst
    this.#filledAtMs = clock.nowMs()
  }

  /** Takes units out; false, and nothing taken, when there are too few. */
  take(units = 1): boolean {
    this.#fill()
    if (this.#tokens < units) return false
    this.#tokens -= units
    return true
  }

  /** Takes units out that are already spent, more than there are if need be. */
  drain(units: number): void {
    this.#fill()
    this.#tokens -= units
  }

  /** Whether nothing is left, or less than nothing. */
  isEmpty(): boolean {
    this.#fill()
    return this.#tokens <= 0
  }

  #fill(): void {
    const now = this.#clock.nowMs()
    const gained = (Math.max(0, now - this.#filledAtMs) / 1000) * this.#limits.perSecond
    this.#filledAtMs = now
    this.#tokens = Math.min(this.#limits.burst, this.#tokens + gained)
  }
}
