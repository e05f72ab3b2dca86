import type { AuditEntry, AuditPage } from '#api'
import type { AuditStore, Clock, Log } from './deps.ts'

const PAGE_ENTRIES = 100
const MAX_TEXT = 500

/** Failed log-ins: how often one address gets an entry of its own, and all addresses together. */
const FAILURES = { perAddressMs: 60_000, entriesPerHour: 20, summaryMs: 10 * 60_000 }

/** What is asked of the log: entries older than `beforeMs` that contain a text. */
export type AuditQuery = Readonly<{ beforeMs?: number | undefined; find?: string | undefined }>

/** What the log needs of its surroundings. */
export type AuditLogDeps = Readonly<{ store: AuditStore; clock: Clock; log: Log }>

/**
 * Who did what. Each entry goes to the store and to the program's own log. Strangers can make it
 * grow only slowly: of failed log-ins few get an entry of their own, the others are counted.
 */
export class AuditLog {
  readonly #deps: AuditLogDeps
  readonly #failures: Failures
  #lastMs = 0

  constructor(deps: AuditLogDeps) {
    this.#deps = deps
    this.#failures = new Failures(deps.clock)
  }

  /** Notes what somebody has done; `text` goes on from their name, without secrets. */
  note(entry: Omit<AuditEntry, 'atMs'>): void {
    this.#tellCounted()
    this.#write(entry)
  }

  /** Notes a failed log-in. `by` is the account, where there is one of that name. */
  failedLogin(address: string, by: string | undefined): void {
    const isOwn = this.#failures.count(address)
    this.#tellCounted()
    if (!isOwn) return
    const whose = by === undefined ? 'a name that nobody has' : `the name ${by}`
    this.#write({
      by: 'nobody',
      address,
      action: 'login.failed',
      text: `failed to log in with ${whose}`,
    })
  }

  /** Entries, the latest first. */
  async page({ beforeMs = Number.POSITIVE_INFINITY, find = '' }: AuditQuery): Promise<AuditPage> {
    this.#tellCounted()
    const wanted = find.toLowerCase()
    const entries = (await this.#deps.store.read()).filter(
      (each) => each.atMs < beforeMs && wordsOf(each).includes(wanted),
    )
    const latest = entries.slice(-PAGE_ENTRIES).reverse()
    return { entries: latest, hasMore: entries.length > latest.length }
  }

  #tellCounted(): void {
    const text = this.#failures.takeSummary()
    if (text === undefined) return
    this.#write({ by: 'nobody', address: '', action: 'login.failed', text })
  }

  #write({ by, address, action, text }: Omit<AuditEntry, 'atMs'>): void {
    const { store, clock, log } = this.#deps
    log.info({ by, action }, text)
    // Pages go on by time, so no two entries may have the same.
    this.#lastMs = Math.max(clock.unixMs(), this.#lastMs + 1)
    const entry = { atMs: this.#lastMs, by, address, action, text: text.slice(0, MAX_TEXT) }
    try {
      store.append(entry)
    } catch (err) {
      // What was done is done, and the line above has it.
      log.error({ err }, 'the audit log cannot be written')
    }
  }
}

/** Decides which failed log-ins get an entry, and counts the others. */
class Failures {
  readonly #clock: Clock
  readonly #seenAtMs = new Map<string, number>()
  #hour = { beganAtMs: Number.NEGATIVE_INFINITY, entries: 0 }
  #counted = { attempts: 0, addresses: new Set<string>(), sinceMs: 0 }

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Counts one; whether it gets an entry of its own. */
  count(address: string): boolean {
    const nowMs = this.#clock.unixMs()
    for (const [each, atMs] of this.#seenAtMs) {
      if (nowMs - atMs >= FAILURES.perAddressMs) this.#seenAtMs.delete(each)
    }
    if (nowMs - this.#hour.beganAtMs >= 3_600_000) this.#hour = { beganAtMs: nowMs, entries: 0 }
    if (!this.#seenAtMs.has(address) && this.#hour.entries < FAILURES.entriesPerHour) {
      this.#seenAtMs.set(address, nowMs)
      this.#hour.entries++
      return true
    }
    if (this.#counted.attempts === 0) this.#counted.sinceMs = nowMs
    this.#counted.attempts++
    this.#counted.addresses.add(address)
    return false
  }

  /** What was counted, in words, when it is time to say it. */
  takeSummary(): string | undefined {
    const { attempts, addresses, sinceMs } = this.#counted
    if (attempts === 0 || this.#clock.unixMs() - sinceMs < FAILURES.summaryMs) return undefined
    this.#counted = { attempts: 0, addresses: new Set(), sinceMs: 0 }
    const whence = addresses.size === 1 ? [...addresses][0] : `${addresses.size} addresses`
    return `failed to log in ${attempts} more times from ${whence}`
  }
}

function wordsOf({ by, address, action, text }: AuditEntry): string {
  return `${by} ${address} ${action} ${text}`.toLowerCase()
}
