import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { attemptKey } from './request-source.ts'

/** How many failures are let through: per address in 15 minutes, and from everybody in one. */
export type AttemptLimits = Readonly<{ perAddress: number; everybody: number }>

const DEFAULT_LIMITS: AttemptLimits = { perAddress: 10, everybody: 30 }

/**
 * Slows guessing. The limit for everybody bounds what many addresses can try together, and the time
 * that hashing takes from the calls; it holds for one minute only, so that it cannot be used to lock
 * the admin out for long.
 */
export class Attempts {
  readonly #perAddress: RateLimiterMemory
  readonly #everybody: RateLimiterMemory

  constructor(limits: AttemptLimits = DEFAULT_LIMITS) {
    this.#perAddress = new RateLimiterMemory({ points: limits.perAddress, duration: 15 * 60 })
    this.#everybody = new RateLimiterMemory({ points: limits.everybody, duration: 60 })
  }

  /**
   * Counts an attempt before it is judged, so that many at once do not slip through. Answers the
   * seconds to wait, `undefined` when the attempt may go on. An address that is barred does not
   * use up what everybody shares.
   */
  async begin(address: string): Promise<number | undefined> {
    const key = attemptKey(address)
    const known = await this.#perAddress.get(key)
    if (known && known.remainingPoints <= 0) return seconds(known)
    return (await waitAfter(this.#perAddress, key)) ?? (await waitAfter(this.#everybody, 'all'))
  }

  /** Forgets the attempts of an address: it has proved itself. */
  async succeed(address: string): Promise<void> {
    await this.#perAddress.delete(attemptKey(address))
    await this.#everybody.reward('all', 1)
  }
}

async function waitAfter(limiter: RateLimiterMemory, key: string): Promise<number | undefined> {
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
