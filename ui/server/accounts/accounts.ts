import type { Account, Role } from '#api'
import type { AccountRecord, Clock, RandomSource } from '../deps.ts'
import type { FaultCode } from '../faults.ts'
import { PASSWORD_LENGTH, type PasswordHasher } from '../password.ts'
import { randomText, sameSecret } from '../secrets.ts'
import type { Register } from './register.ts'

/** Whom a log-in and the set-up link mean that name nobody. */
export const DEFAULT_NAME = 'admin'

const MAX_ACCOUNTS = 50
const CODE_BYTES = 32

/** A new account as somebody asks for it. */
export type NewAccount = Readonly<{ name: string; role: Role; password: string }>

/** What the accounts need of their surroundings. */
export type AccountsDeps = Readonly<{
  register: Register
  hasher: PasswordHasher
  random: RandomSource
  clock: Clock
}>

/**
 * Who may log in. Where there is no admin, a code makes the first: the start prints it in the set-up
 * link. Each start without an admin makes a new code, which lives in memory only.
 */
export class Accounts {
  readonly #deps: AccountsDeps
  readonly #nobodysHash: string
  #setupCode: string | undefined

  constructor(deps: AccountsDeps) {
    this.#deps = deps
    this.#nobodysHash = deps.hasher.decoy()
    if (!this.isSetUp) this.#setupCode = randomText(deps.random, CODE_BYTES)
  }

  /** The code of the set-up link; `undefined` once there is an admin. */
  get setupCode(): string | undefined {
    return this.#setupCode
  }

  get isSetUp(): boolean {
    return this.#register.accounts.some(({ role }) => role === 'admin')
  }

  /** The account of that id, `undefined` when there is none. */
  find(id: string): AccountRecord | undefined {
    return this.#register.account(id)
  }

  /** The account of that name, `undefined` when there is none. */
  named(name: string): AccountRecord | undefined {
    return this.#register.named(name)
  }

  list(): readonly Account[] {
    return this.#register.accounts.map(shown)
  }

  /** Makes the first admin. Of several that come with the right code at once, one wins. */
  async setUp(
    code: string,
    { name, password }: Readonly<{ name: string; password: string }>,
  ): Promise<AccountRecord | FaultCode> {
    const refusal = this.#setupRefusal(code) ?? passwordFault(password) ?? this.#nameFault(name)
    if (refusal) return refusal
    const passwordHash = await this.#deps.hasher.hash(password)
    if (this.isSetUp) return 'SETUP_DONE'
    const made = this.#insert({ name, role: 'admin', passwordHash })
    if (typeof made !== 'string') this.#setupCode = undefined
    return made
  }

  /**
   * The account whose name and password these are. Takes as long for a name that nobody has as for
   * a wrong password.
   */
  async checkLogin(name: string, password: string): Promise<AccountRecord | FaultCode> {
    if (this.#register.accounts.length === 0) return 'SETUP_REQUIRED'
    if (password.length > PASSWORD_LENGTH.max) return 'PASSWORD_WRONG'
    const account = this.named(name)
    const hash = account?.passwordHash ?? this.#nobodysHash
    const isRight = await this.#deps.hasher.verify(password, hash)
    const current = account && this.find(account.id)
    return isRight && current?.passwordHash === hash ? current : 'PASSWORD_WRONG'
  }

  /** `undefined` when it is the password of that account. */
  async checkPassword(id: string, password: string): Promise<FaultCode | undefined> {
    const checked = await this.checkLogin(this.find(id)?.name ?? '', password)
    return typeof checked === 'string' ? checked : undefined
  }

  noteLogin(id: string): void {
    this.#register.note(id, { lastLoginAtMs: this.#deps.clock.unixMs() })
  }

  /** Makes an account; `undefined` when it is there. `isAllowed` is asked once the password is hashed, which takes a while. */
  async add(
    { name, role, password }: NewAccount,
    isAllowed: () => boolean,
  ): Promise<FaultCode | undefined> {
    const refusal = passwordFault(password) ?? this.#nameFault(name)
    if (refusal) return refusal
    const passwordHash = await this.#deps.hasher.hash(password)
    if (!isAllowed()) return 'LOGIN_REQUIRED'
    const made = this.#insert({ name, role, passwordHash })
    return typeof made === 'string' ? made : undefined
  }

  /** Gives an account another password. `isAllowed` is asked once that is hashed, which takes a while. */
  async setPassword(
    id: string,
    password: string,
    isAllowed: () => boolean,
  ): Promise<FaultCode | undefined> {
    const refusal = passwordFault(password)
    if (refusal) return refusal
    const passwordHash = await this.#deps.hasher.hash(password)
    if (!isAllowed()) return 'LOGIN_REQUIRED'
    if (!this.find(id)) return 'ACCOUNT_UNKNOWN'
    return this.#register.update(id, { passwordHash })
  }

  setRole(id: string, role: Role): FaultCode | undefined {
    if (role !== 'admin' && this.#isLastAdmin(id)) return 'LAST_ADMIN'
    return this.#register.update(id, { role })
  }

  remove(id: string): FaultCode | undefined {
    if (this.#isLastAdmin(id)) return 'LAST_ADMIN'
    return this.#register.save({
      accounts: this.#register.accounts.filter((each) => each.id !== id),
    })
  }

  get #register(): Register {
    return this.#deps.register
  }

  #insert(
    account: Pick<AccountRecord, 'name' | 'role' | 'passwordHash'>,
  ): AccountRecord | FaultCode {
    const refusal = this.#nameFault(account.name)
    if (refusal) return refusal
    const { random, clock } = this.#deps
    const made = { id: randomText(random, 12), ...account, createdAtMs: clock.unixMs() }
    return this.#register.save({ accounts: [...this.#register.accounts, made] }) ?? made
  }

  #nameFault(name: string): FaultCode | undefined {
    if (this.named(name)) return 'ACCOUNT_EXISTS'
    return this.#register.accounts.length >= MAX_ACCOUNTS ? 'TOO_MANY_ACCOUNTS' : undefined
  }

  #isLastAdmin(id: string): boolean {
    const admins = this.#register.accounts.filter(({ role }) => role === 'admin')
    return admins.length === 1 && admins[0]?.id === id
  }

  #setupRefusal(code: string): FaultCode | undefined {
    if (this.#setupCode === undefined) return 'SETUP_DONE'
    return sameSecret(code, this.#setupCode) ? undefined : 'SETUP_CODE_INVALID'
  }
}

/** What is wrong with a password as a new one, `undefined` when nothing is. */
export function passwordFault(password: string): FaultCode | undefined {
  if ([...password].length < PASSWORD_LENGTH.min) return 'PASSWORD_TOO_SHORT'
  return password.length > PASSWORD_LENGTH.max ? 'PASSWORD_TOO_LONG' : undefined
}

/** What the pages show of an account. */
export function shown({ name, role, createdAtMs, lastLoginAtMs, totp }: AccountRecord): Account {
  return { name, role, createdAtMs, lastLoginAtMs, hasTotp: totp !== undefined }
}
