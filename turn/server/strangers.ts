import { AnswerBudget, SourceSlots } from './answer-budget.ts'
import type { Limits } from './limits.ts'
import type { Accepted, Rejection } from './request.ts'
import type { DropReason, RandomSource } from './turn-io.ts'

/**
 * Decides whether a source that has no allocation gets its answer. Besides the budget of answers there is one of wrong
 * credentials: who has used it up hears nothing but answers to requests that are right, so guessing passwords is slow
 * and a client that tries the same wrong one for ever costs little.
 */
export class Strangers {
  readonly #sources: SourceSlots
  readonly #answers: AnswerBudget
  readonly #guesses: AnswerBudget

  constructor(limits: Limits, random: RandomSource) {
    const { unauthenticatedAnswersPerSecond: perSecond, unauthenticatedAnswersBurst: burst } =
      limits
    const { wrongCredentialsPerMinute: guesses } = limits
    this.#sources = new SourceSlots(random)
    this.#answers = new AnswerBudget(perSecond, burst)
    this.#guesses = new AnswerBudget(guesses / 60, guesses)
  }

  /** Why the source gets no answer; undefined when it gets this one. */
  refusalOf(ip: string, outcome: Accepted | Rejection, nowMs: number): DropReason | undefined {
    const source = this.#sources.of(ip)
    if (outcome.type === 'rejected') {
      const free = outcome.wrongCredentials
        ? this.#guesses.take(source, nowMs)
        : this.#guesses.has(source, nowMs)
      if (!free) return 'tooManyGuesses'
    }
    return this.#answers.take(source, nowMs) ? undefined : 'overBudget'
  }
}
