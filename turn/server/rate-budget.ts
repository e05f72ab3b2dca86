/** A token bucket: so much a second, and up to one second's worth at once. */
export class RateBudget {
  readonly #perSecond: number
  #left: number
  #atMs: number

  constructor(perSecond: number, nowMs: number) {
    this.#perSecond = perSecond
    this.#left = perSecond
    this.#atMs = nowMs
  }

  /** Takes an amount; false when there is not so much, and then nothing is taken. */
  take(amount: number, nowMs: number): boolean {
    this.#refill(nowMs)
    if (this.#left < amount) return false
    this.#left -= amount
    return true
  }

  /** Takes an amount whether there is so much or not; the milliseconds until the debt is paid, 0 when there is none. */
  spend(amount: number, nowMs: number): number {
    this.#refill(nowMs)
    this.#left -= amount
    return this.#left < 0 ? (-this.#left * 1000) / this.#perSecond : 0
  }

  #refill(nowMs: number): void {
    const refilled = this.#left + ((nowMs - this.#atMs) * this.#perSecond) / 1000
    this.#left = Math.min(this.#perSecond, refilled)
    this.#atMs = nowMs
  }
}
