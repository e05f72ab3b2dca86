import type { AdminStore, RandomSource } from './deps.ts'
import type { FaultCode } from './faults.ts'
import { createPasswordHasher, PASSWORD_LENGTH, type PasswordHasher } from './password.ts'
import { randomText, sameSecret } from './secrets.ts'

const CODE_BYTES = 32

/**
 * The one admin: set up once by a code that the start prints, then known by a password. Each start
 * without a password makes a new code, which lives in memory only.
 */
export class AdminAccount {
  readonly #store: AdminStore
  readonly #hasher: PasswordHasher
  #passwordHash: string | undefined
  #setupCode: string | undefined

  /** Throws what `store.load` throws. */
  constructor(store: AdminStore, random: RandomSource) {
    this.#store = store
    this.#hasher = createPasswordHasher(random)
    this.#passwordHash = store.load()?.passwordHash
    if (this.#passwordHash === undefined) this.#setupCode = randomText(random, CODE_BYTES)
  }

  /** The code of the set-up link; `undefined` once a password is set. */
  get setupCode(): string | undefined {
    return this.#setupCode
  }

  get isSetUp(): boolean {
    return this.#passwordHash !== undefined
  }

  /** Sets the password. Of several that come with the right code at once, one wins. */
  async setUp(code: string, password: string): Promise<FaultCode | undefined> {
    const refusal = this.#setupRefusal(code) ?? passwordFault(password)
    if (refusal) return refusal
    const passwordHash = await this.#hasher.hash(password)
    if (this.isSetUp) return 'SETUP_DONE'
    this.#store.save({ passwordHash })
    this.#passwordHash = passwordHash
    this.#setupCode = undefined
    return undefined
  }

  /** `undefined` when the password is right. */
  async checkPassword(password: string): Promise<FaultCode | undefined> {
    if (this.#passwordHash === undefined) return 'SETUP_REQUIRED'
    if (password.length > PASSWORD_LENGTH.max) return 'PASSWORD_WRONG'
    const right = await this.#hasher.verify(password, this.#passwordHash)
    return right ? undefined : 'PASSWORD_WRONG'
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
