import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { attemptKey } from './request-source.ts'

/**
 * How many failures are let through: per address in 15 minutes, from everybody in one, for one
 * account in 15 minutes, and of one account's one-time codes in 15 minutes and in a day.
 */
export type AttemptLimits = Readonly<{
  perAddress: number
  everybody: number
  perAccount: number
  codes: number
  codesPerDay: number
}>

const DEFAULT_LIMITS: AttemptLimits = {
  perAddress: 10,
  everybody: 30,
  perAccount: 60,
  codes: 5,
  codesPerDay: 20,
}

const QUARTER_HOUR = 15 * 60

/** Who tries to get in, and where from. */
export type Attempt = Readonly<{
  address: string
  /** The name that was given, whether there is such an account or not. */
  account?: string | undefined
  /** Whether somebody of that account is logged in from there: no limit that strangers use up holds for them. */
  isKnown?: boolean
}>

/**
 * Slows guessing. The limit for everybody bounds what many addresses can try together, and the time
 * that hashing takes from the calls; it holds for one minute only, so that it cannot be used to lock
 * the admin out for long.
 */
export class Attempts {
  readonly #perAddress: RateLimiterMemory
  readonly #everybody: RateLimiterMemory
  readonly #perAccount: RateLimiterMemory
  readonly #codes: RateLimiterMemory
  readonly #codesPerDay: RateLimiterMemory

  constructor(given: Partial<AttemptLimits> = {}) {
    const limits = { ...DEFAULT_LIMITS, ...given }
    this.#perAddress = limiter(limits.perAddress, QUARTER_HOUR)
    this.#everybody = limiter(limits.everybody, 60)
    this.#perAccount = limiter(limits.perAccount, QUARTER_HOUR)
    this.#codes = limiter(limits.codes, QUARTER_HOUR)
    this.#codesPerDay = limiter(limits.codesPerDay, 24 * 60 * 60)
  }

  /**
   * Counts an attempt before it is judged, so that many at once do not slip through. Answers the
   * seconds to wait, `undefined` when the attempt may go on. An address that is barred does not
   * use up what everybody shares.
   */
  async begin({ address, account, isKnown = false }: Attempt): Promise<number | undefined> {
    const key = attemptKey(address)
    const known = await this.#perAddress.get(key)
    if (known && known.remainingPoints <= 0) return seconds(known)
    const waitSeconds = await waitAfter(this.#perAddress, key)
    if (waitSeconds !== undefined || isKnown) return waitSeconds
    const shared = await waitAfter(this.#everybody, 'all')
    return shared ?? (account === undefined ? undefined : waitAfter(this.#perAccount, account))
  }

  /** Forgets the attempts of an address, and one of the account's: somebody has proved themselves. */
  async succeed({ address, account, isKnown = false }: Attempt): Promise<void> {
    await this.#perAddress.delete(attemptKey(address))
    if (isKnown) return
    await this.#everybody.reward('all', 1)
    if (account !== undefined) await this.#perAccount.reward(account, 1)
  }

  /** Counts a one-time code of an account before it is judged; the seconds to wait, as `begin`. */
  async beginCode(accountId: string): Promise<number | undefined> {
    return (
      (await waitAfter(this.#codes, accountId)) ?? (await waitAfter(this.#codesPerDay, accountId))
    )
  }

  /** Takes a right code back out of the count. */
  async succeedCode(accountId: string): Promise<void> {
    await this.#codes.reward(accountId, 1)
    await this.#codesPerDay.reward(accountId, 1)
  }
}

function limiter(points: number, duration: number): RateLimiterMemory {
  return new RateLimiterMemory({ points, duration })
}

/** Counts one; answers the seconds to wait when that was one too many. */
export async function waitAfter(
  limiter: RateLimiterMemory,
  key: string,
): Promise<number | undefined> {
  try {
    await limiter.consume(key)
    return undefined
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return seconds(refusal)
    throw refusal
  }
}

function seconds(result: RateLimiterRes): number {
  return Math.max(1, Math.ceil(result.msBeforeNext / 1000))
}
