import type { Role } from '#api'
import type { AccountRecord, Clock, RandomSource, SessionRecord, SessionStore } from './deps.ts'
import { fingerprint, randomText } from './secrets.ts'

/** Whoever a request comes from: a browser that is logged in, or a script with a token. */
export type AdminLogin = Readonly<{
  /** As the audit log has it: an account's name, or `token:<name>`. */
  by: string
  role: Role
  /** Of a browser only. `csrf` must come back in a header of every request that changes something. */
  session?: Readonly<{ id: string; csrf: string; accountId: string }>
}>

/** Where a log-in comes from, for people to recognise it by. */
export type LoginPlace = Readonly<{ address: string; browser: string }>

/** What the table needs of its surroundings. */
export type SessionsDeps = Readonly<{
  clock: Clock
  random: RandomSource
  /** Whose log-in it is, looked up at each use: what was taken away is gone at once. */
  accountOf: (id: string) => Pick<AccountRecord, 'name' | 'role'> | undefined
  /** Without it log-ins end with the process. */
  store?: SessionStore | undefined
}>

const IDLE_MS = 12 * 60 * 60 * 1000
const LIFETIME_MS = 30 * 24 * 60 * 60 * 1000
const MAX_PER_ACCOUNT = 20

/** How long the file may lag behind with when a log-in was used last. */
const SAVE_USE_MS = 5 * 60_000

/**
 * The table of log-ins. It keeps only fingerprints of the cookies, and the CSRF token is made of the
 * cookie, so that who reads the table or its file has no log-in. A log-in ends when it was idle for
 * 12 hours and after 30 days; of more than 20 of an account the one idle longest ends.
 */
export class Sessions {
  readonly #deps: SessionsDeps
  readonly #entries = new Map<string, SessionRecord>()
  #savedAtMs: number

  constructor(deps: SessionsDeps) {
    this.#deps = deps
    for (const entry of deps.store?.load() ?? []) this.#entries.set(entry.id, entry)
    this.#savedAtMs = deps.clock.unixMs()
  }

  /** Opens a log-in of an account; `token` is the cookie's value and is not kept. */
  open(accountId: string, place: LoginPlace): { token: string; login: AdminLogin } {
    const account = this.#deps.accountOf(accountId)
    if (!account) throw new Error('a log-in needs an account')
    const token = randomText(this.#deps.random, 32)
    const id = fingerprint(token)
    const nowMs = this.#deps.clock.unixMs()
    for (const known of this.#entries.keys()) this.isOpen(known)
    this.#makeRoom(accountId)
    this.#entries.set(id, { id, accountId, openedAtMs: nowMs, usedAtMs: nowMs, ...place })
    this.save()
    return { token, login: loginOf(account, { id, token, accountId }) }
  }

  /** The log-in of a cookie, which counts as use; `undefined` when there is none or it ended. */
  use(token: string): AdminLogin | undefined {
    const id = fingerprint(token)
    const entry = this.#current(id)
    if (!entry) return undefined
    const usedAtMs = this.#deps.clock.unixMs()
    this.#entries.set(id, { ...entry, usedAtMs })
    if (usedAtMs - this.#savedAtMs >= SAVE_USE_MS) this.save()
    const { accountId } = entry
    const account = this.#deps.accountOf(accountId)
    return account && loginOf(account, { id, token, accountId })
  }

  /** Whether a log-in still holds; asking is not use. */
  isOpen(id: string): boolean {
    return this.#current(id) !== undefined
  }

  /** The log-ins of an account, or of all; the one used last comes first. */
  list(accountId?: string): readonly SessionRecord[] {
    return [...this.#entries.values()]
      .filter((each) => accountId === undefined || each.accountId === accountId)
      .filter(({ id }) => this.isOpen(id))
      .sort((one, other) => other.usedAtMs - one.usedAtMs)
  }

  /** Ends a log-in; ending it again does nothing. */
  end(id: string): void {
    if (this.#entries.delete(id)) this.save()
  }

  /** Ends the log-ins of an account, except the one of that id. */
  endAllOf(accountId: string, except?: string): void {
    for (const entry of this.#entries.values()) {
      if (entry.accountId === accountId && entry.id !== except) this.#entries.delete(entry.id)
    }
    this.save()
  }

  /** Writes what is known now, as before a stop. */
  save(): void {
    this.#savedAtMs = this.#deps.clock.unixMs()
    this.#deps.store?.save([...this.#entries.values()])
  }

  #current(id: string): SessionRecord | undefined {
    const entry = this.#entries.get(id)
    if (!entry) return undefined
    const nowMs = this.#deps.clock.unixMs()
    // A clock that was ahead and was set right must not make a log-in last for years.
    const idleMs = Math.abs(nowMs - entry.usedAtMs)
    const isFresh = idleMs < IDLE_MS && Math.abs(nowMs - entry.openedAtMs) < LIFETIME_MS
    if (isFresh && this.#deps.accountOf(entry.accountId)) return entry
    this.#entries.delete(id)
    return undefined
  }

  #makeRoom(accountId: string): void {
    const own = this.list(accountId)
    for (const { id } of own.slice(MAX_PER_ACCOUNT - 1)) this.#entries.delete(id)
  }
}

type Opened = Readonly<{ id: string; token: string; accountId: string }>

function loginOf(
  { name, role }: Pick<AccountRecord, 'name' | 'role'>,
  { id, token, accountId }: Opened,
): AdminLogin {
  return { by: name, role, session: { id, csrf: fingerprint(`csrf ${token}`), accountId } }
}
