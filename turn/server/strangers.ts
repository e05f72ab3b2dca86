import type { FiveTuple } from '../protocol/transport-address.ts'
import { AnswerBudget, SourceSlots } from './answer-budget.ts'
import type { Limits } from './limits.ts'
import type { Accepted, Rejection } from './request.ts'
import type { DropReason, RandomSource } from './turn-io.ts'

/**
 * Decides whether who proved nothing gets its answer. Besides the budget of answers there is one of wrong credentials:
 * who has used it up hears nothing but answers to requests that are right, so a client that tries the same wrong ones for
 * ever costs little. A client with an allocation has budgets of its own, so that its neighbours do not use up what is its.
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
  refusalOf(
    { from, hasAllocation }: Readonly<{ from: FiveTuple; hasAllocation: boolean }>,
    outcome: Accepted | Rejection,
    nowMs: number,
  ): DropReason | undefined {
    const source = this.#sources.of(from, hasAllocation ? `${from.client.port}` : '')
    if (outcome.type === 'rejected') {
      const free = outcome.wrongCredentials
        ? this.#guesses.take(source, nowMs)
        : this.#guesses.has(source, nowMs)
      if (!free) return 'tooManyGuesses'
    }
    return this.#answers.take(source, nowMs) ? undefined : 'overBudget'
  }
}
