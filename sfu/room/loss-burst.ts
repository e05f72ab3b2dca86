import type { Burst } from './timeline.ts'

/** A burst begins where the smoothed loss reaches the first, and ends below the second, percent. */
const beginsAtPercent = 4
const endsBelowPercent = 1.5
/** How slowly the smoothed loss follows: single lost packets are no burst. */
const smoothingMs = 5_000

/** Finds bursts of loss in what is measured of one direction of somebody's media. */
export class LossBurst {
  #smoothed = 0
  #measuredAtMs: number | undefined
  #beganAtMs: number | undefined
  #most = 0

  /** Takes a measurement; `undefined`, nothing was sent, counts as no loss. */
  measure(lossPercent: number | undefined, nowMs: number): Burst | undefined {
    const elapsedMs = nowMs - (this.#measuredAtMs ?? nowMs)
    this.#measuredAtMs = nowMs
    const share = 1 - Math.exp(-elapsedMs / smoothingMs)
    this.#smoothed += share * ((lossPercent ?? 0) - this.#smoothed)
    if (this.#beganAtMs === undefined) return this.#begin(nowMs)
    this.#most = Math.max(this.#most, this.#smoothed)
    if (this.#smoothed >= endsBelowPercent) return undefined
    const lastedMs = nowMs - this.#beganAtMs
    this.#beganAtMs = undefined
    return { state: 'ends', percent: this.#most, lastedMs }
  }

  #begin(nowMs: number): Burst | undefined {
    if (this.#smoothed < beginsAtPercent) return undefined
    this.#beganAtMs = nowMs
    this.#most = this.#smoothed
    return { state: 'begins', percent: this.#smoothed }
  }
}
