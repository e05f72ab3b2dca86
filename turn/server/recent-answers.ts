const lifetimeMs = 40_000 // RFC 8656 §5

/** A request's answer, undefined while it waits for the relay socket. */
export type RecentAnswer = { answer: Uint8Array | undefined; readonly expiresAtMs: number }

/** The answers of the last 40 s, so that the same request again gets the same answer (RFC 8656 §5). The oldest makes room. */
export class RecentAnswers {
  readonly #answers = new Map<string, RecentAnswer>()
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  /** How many are kept. */
  get size(): number {
    return this.#answers.size
  }

  /** The kept entry of a request; undefined when it is a new request. */
  find(key: string, nowMs: number): RecentAnswer | undefined {
    const found = this.#answers.get(key)
    return found && found.expiresAtMs > nowMs ? found : undefined
  }

  /** Keeps a request's answer, or that it is being worked on. */
  remember(key: string, answer: Uint8Array | undefined, nowMs: number): void {
    this.#answers.delete(key)
    for (const [oldest, entry] of this.#answers) {
      if (entry.expiresAtMs > nowMs && this.#answers.size < this.#max) break
      this.#answers.delete(oldest)
    }
    this.#answers.set(key, { answer, expiresAtMs: nowMs + lifetimeMs })
  }
}
