/** Remembers how long things took, for the summary at the end. */
export class Stopwatch {
  readonly #rows: string[] = []

  /** Runs something and notes its time; it is noted too when it fails. */
  async time<T>(what: string, run: () => Promise<T>): Promise<T> {
    const started = performance.now()
    try {
      return await run()
    } finally {
      this.note(what, `${((performance.now() - started) / 1000).toFixed(1)} s`)
    }
  }

  note(what: string, figure: string): void {
    this.#rows.push(`${what}: ${figure}`)
  }

  rows(): readonly string[] {
    return this.#rows
  }
}
