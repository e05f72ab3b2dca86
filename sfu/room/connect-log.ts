import type { ConnectAttempt } from './connect-attempt.ts'

/** How joinings came out: how many, how many without media, and how long those with it took. */
export type Connects = Readonly<{
  attempts: number
  failures: number
  /** Milliseconds from joining to media, shortest first. */
  connectMs: readonly number[]
}>

const keptMs = 3_600_000
const maxAttempts = 10_000
/** Who closes the page sooner has changed their mind; later, they gave up. */
const patienceMs = 10_000

/** Remembers of the last hour how joinings came out; of very many the latest. */
export class ConnectLog {
  readonly #nowMs: () => number
  #attempts: ConnectAttempt[] = []
  #latest: Connects | undefined

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  add(attempt: ConnectAttempt): void {
    if (!attempt.connected && !isFailure(attempt)) return
    this.#attempts.push(attempt)
    // Cut in steps, as each cut moves all that are kept.
    if (this.#attempts.length >= 2 * maxAttempts)
      this.#attempts = this.#attempts.slice(-maxAttempts)
    this.#latest = undefined
  }

  /** Those of the last hour. */
  latest(): Connects {
    const sinceMs = this.#nowMs() - keptMs
    const first = this.#attempts.findIndex(({ atMs }) => atMs > sinceMs)
    const old = first < 0 ? this.#attempts.length : first
    if (old > 0) {
      this.#attempts.splice(0, old)
      this.#latest = undefined
    }
    this.#latest ??= count(this.#attempts.slice(-maxAttempts))
    return this.#latest
  }
}

function isFailure(attempt: Extract<ConnectAttempt, { connected: false }>): boolean {
  switch (attempt.reason) {
    case 'joinFailure':
    case 'connectionTimeout':
    case 'mediaFailure':
    case 'stateMismatch':
      return true
    case 'clientLeft':
    case 'signalClosed':
      return attempt.afterMs >= patienceMs
    default:
      return false
  }
}

function count(attempts: readonly ConnectAttempt[]): Connects {
  const times = attempts.filter(({ connected }) => connected).map(({ afterMs }) => afterMs)
  return {
    attempts: attempts.length,
    failures: attempts.length - times.length,
    connectMs: times.toSorted((a, b) => a - b),
  }
}
