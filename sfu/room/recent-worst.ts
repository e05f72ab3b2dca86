/** The greatest of the measures of late, of which the last one always is. Time is the caller's own, milliseconds. */
export class RecentWorst {
  readonly #withinMs: number
  /** Each lower than the one before it: what a later and greater one outlasts is not kept. */
  #kept: { value: number; atMs: number }[] = []

  constructor(withinMs: number) {
    this.#withinMs = withinMs
  }

  add(value: number, atMs: number): void {
    this.#kept = this.#kept.filter((one) => one.value > value && this.#isRecent(one.atMs, atMs))
    this.#kept.push({ value, atMs })
  }

  /** The greatest one; 0 where nothing was measured yet. */
  at(nowMs: number): number {
    const recent = this.#kept.find(({ atMs }) => this.#isRecent(atMs, nowMs))
    return (recent ?? this.#kept.at(-1))?.value ?? 0
  }

  #isRecent(atMs: number, nowMs: number): boolean {
    return nowMs - atMs < this.#withinMs
  }
}
