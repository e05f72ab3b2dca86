import type { Clock, RandomSource } from './deps.ts'
import { fingerprint, randomText } from './secrets.ts'

/** A logged-in admin. `csrf` must come back in a header of every request that changes something. */
export type AdminLogin = Readonly<{ id: string; csrf: string }>

const IDLE_MS = 12 * 60 * 60 * 1000
const MAX_SESSIONS = 100

type Entry = { readonly login: AdminLogin; usedAtMs: number }

/**
 * The table of log-ins. It keeps only fingerprints of the cookies, ends a log-in that was idle for
 * 12 hours, and beyond 100 ends the one that was idle longest.
 */
export class Sessions {
  readonly #entries = new Map<string, Entry>()
  readonly #clock: Clock
  readonly #random: RandomSource

  constructor(clock: Clock, random: RandomSource) {
    this.#clock = clock
    this.#random = random
  }

  /** Opens a log-in; `token` is the cookie's value and is not kept. */
  open(): { token: string; login: AdminLogin } {
    const token = randomText(this.#random, 32)
    const login = { id: fingerprint(token), csrf: randomText(this.#random, 32) }
    this.#endIdle()
    if (this.#entries.size >= MAX_SESSIONS) this.#endLongestIdle()
    this.#entries.set(login.id, { login, usedAtMs: this.#clock.unixMs() })
    return { token, login }
  }

  /** The log-in of a cookie, which counts as use; `undefined` when there is none or it ended. */
  use(token: string): AdminLogin | undefined {
    const id = fingerprint(token)
    if (!this.isOpen(id)) return undefined
    const entry = this.#entries.get(id)
    if (entry) entry.usedAtMs = this.#clock.unixMs()
    return entry?.login
  }

  /** Whether a log-in still holds; asking is not use. */
  isOpen(id: string): boolean {
    const entry = this.#entries.get(id)
    if (!entry) return false
    if (this.#clock.unixMs() - entry.usedAtMs < IDLE_MS) return true
    this.#entries.delete(id)
    return false
  }

  /** Ends a log-in; ending it again does nothing. */
  end(id: string): void {
    this.#entries.delete(id)
  }

  #endIdle(): void {
    for (const id of this.#entries.keys()) this.isOpen(id)
  }

  #endLongestIdle(): void {
    const [longest] = [...this.#entries].sort(([, a], [, b]) => a.usedAtMs - b.usedAtMs)
    if (longest) this.#entries.delete(longest[0])
  }
}
