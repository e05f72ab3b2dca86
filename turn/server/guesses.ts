import type { FiveTuple } from '../protocol/transport-address.ts'
import { AnswerBudget, SourceSlots } from './answer-budget.ts'
import type { Limits } from './limits.ts'
import { RateBudget } from './rate-budget.ts'
import type { RandomSource } from './turn-io.ts'

/** Whose password is tried, from where, and whether with a nonce that proves that the source hears our answers. */
export type Guess = Readonly<{ from: FiveTuple; name: string; isFresh: boolean }>

const unprovenPerSecond = 500

/**
 * Wrong passwords of one name from one source. Beyond the limit the password is not looked at any more, so that the right
 * one goes unnoticed among the wrong ones. Tries with a stale nonce are counted by themselves: anybody can send those in
 * the source's name.
 */
export class Guesses {
  readonly #slots: SourceSlots
  readonly #fresh: AnswerBudget
  readonly #stale: AnswerBudget
  readonly #unproven = new RateBudget(unprovenPerSecond, 0)

  constructor({ wrongCredentialsPerMinute: guesses }: Limits, random: RandomSource) {
    this.#slots = new SourceSlots(random)
    this.#fresh = new AnswerBudget(guesses / 60, guesses)
    this.#stale = new AnswerBudget(guesses / 60, guesses)
  }

  /**
   * Whether a signature that comes with a stale nonce is to be checked. The answer tells to try again anyway, and checking
   * costs several times what answering does, so a flood from sources that nobody can tell apart gets no more of it.
   */
  mayTryStale(nowMs: number): boolean {
    return this.#unproven.take(1, nowMs)
  }

  /** Whether a signature is to be checked. */
  mayTry(guess: Guess, nowMs: number): boolean {
    return this.#budgetOf(guess).has(this.#slotOf(guess), nowMs)
  }

  /** Counts one that was wrong. */
  noteWrong(guess: Guess, nowMs: number): void {
    this.#budgetOf(guess).take(this.#slotOf(guess), nowMs)
  }

  #budgetOf({ isFresh }: Guess): AnswerBudget {
    return isFresh ? this.#fresh : this.#stale
  }

  #slotOf({ from, name }: Guess): number {
    return this.#slots.of(from, name)
  }
}
