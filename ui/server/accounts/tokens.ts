import type { ApiToken, Role } from '#api'
import type { Clock, RandomSource, TokenRecord } from '../deps.ts'
import type { FaultCode } from '../faults.ts'
import { fingerprint, randomText, sameSecret } from '../secrets.ts'
import type { AdminLogin } from '../sessions.ts'
import type { Register } from './register.ts'

/** Makes a leaked token easy to find in texts. */
const PREFIX = 'cbx_'

const MAX_TOKENS = 50

/** How long the file may lag behind with when a token was used last. */
const NOTE_USE_MS = 15 * 60_000

/** The id of the token that `secrets.json` holds. */
export const BUILT_IN_ID = 'built-in'

/** A new token as an admin asks for it. */
export type NewToken = Readonly<{
  name: string
  role: Role
  createdBy: string
  expiresAtMs: number | undefined
}>

/** What the tokens need of their surroundings. */
export type TokensDeps = Readonly<{
  register: Register
  random: RandomSource
  clock: Clock
  /** The token of `secrets.json`, which reads. */
  builtIn: string | undefined
}>

/** Tokens for scripts. Only fingerprints of them are kept. */
export class Tokens {
  readonly #deps: TokensDeps
  readonly #usedAtMs = new Map<string, number>()

  constructor(deps: TokensDeps) {
    this.#deps = deps
  }

  /** Makes a token; the answer is the only place where it can be read. */
  create(wanted: NewToken): { token: string } | FaultCode {
    const { register, random, clock } = this.#deps
    const nowMs = clock.unixMs()
    const current = register.tokens.filter((each) => !hasEnded(each, nowMs))
    if (current.length >= MAX_TOKENS) return 'TOO_MANY_TOKENS'
    if (current.some(({ name }) => name === wanted.name)) return 'TOKEN_EXISTS'
    const token = PREFIX + randomText(random, 32)
    const made: TokenRecord = {
      id: randomText(random, 9),
      name: wanted.name,
      role: wanted.role,
      fingerprint: fingerprint(token),
      createdAtMs: nowMs,
      createdBy: wanted.createdBy,
      expiresAtMs: wanted.expiresAtMs,
    }
    return register.save({ tokens: [...current, made] }) ?? { token }
  }

  /** Whom a token stands for, `undefined` when it is not right or has ended. */
  use(given: string): AdminLogin | undefined {
    const { register, clock, builtIn } = this.#deps
    const nowMs = clock.unixMs()
    if (builtIn !== undefined && sameSecret(given, builtIn)) {
      this.#usedAtMs.set(BUILT_IN_ID, nowMs)
      return { by: `token:${BUILT_IN_ID}`, role: 'viewer' }
    }
    const mark = fingerprint(given)
    const found = register.tokens.find((each) => each.fingerprint === mark)
    if (!found || hasEnded(found, nowMs)) return undefined
    this.#noteUse(found, nowMs)
    return { by: `token:${found.name}`, role: found.role }
  }

  list(): readonly ApiToken[] {
    const made = this.#deps.register.tokens.map((each) => ({
      id: each.id,
      name: each.name,
      role: each.role,
      createdAtMs: each.createdAtMs,
      createdBy: each.createdBy,
      expiresAtMs: each.expiresAtMs,
      lastUsedAtMs: this.#usedAtMs.get(each.id) ?? each.lastUsedAtMs,
      isBuiltIn: false,
    }))
    if (this.#deps.builtIn === undefined) return made
    const builtIn: ApiToken = {
      id: BUILT_IN_ID,
      name: BUILT_IN_ID,
      role: 'viewer',
      createdAtMs: 0,
      createdBy: '',
      expiresAtMs: undefined,
      lastUsedAtMs: this.#usedAtMs.get(BUILT_IN_ID),
      isBuiltIn: true,
    }
    return [builtIn, ...made]
  }

  /** Ends a token; answers its name. */
  revoke(id: string): { name: string } | FaultCode {
    const { register } = this.#deps
    if (id === BUILT_IN_ID) return 'TOKEN_BUILT_IN'
    const found = register.tokens.find((each) => each.id === id)
    if (!found) return 'TOKEN_UNKNOWN'
    this.#usedAtMs.delete(id)
    return register.save({ tokens: register.tokens.filter((each) => each !== found) }) ?? found
  }

  /** Ends the tokens that an account made: with it goes what it has handed out. */
  revokeOf(createdBy: string): FaultCode | undefined {
    const { register } = this.#deps
    const tokens = register.tokens.filter((each) => each.createdBy !== createdBy)
    return tokens.length === register.tokens.length ? undefined : register.save({ tokens })
  }

  #noteUse({ id, lastUsedAtMs = 0 }: TokenRecord, nowMs: number): void {
    this.#usedAtMs.set(id, nowMs)
    if (nowMs - lastUsedAtMs < NOTE_USE_MS) return
    const { register } = this.#deps
    const tokens = register.tokens.map((each) =>
      each.id === id ? { ...each, lastUsedAtMs: nowMs } : each,
    )
    register.saveOrRemember({ tokens })
  }
}

function hasEnded({ expiresAtMs }: TokenRecord, nowMs: number): boolean {
  return expiresAtMs !== undefined && expiresAtMs <= nowMs
}
