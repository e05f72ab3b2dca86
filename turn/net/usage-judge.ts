import { performance } from 'node:perf_hooks'
import type { Limits } from '../server/limits.ts'
import type { Quotas } from '../server/quotas.ts'
import { type Usage, UserBudgets } from '../server/user-budgets.ts'

const judgeEveryMs = 1_000

/** Whom a judge asks and tells. */
export type UsageJudgeOptions = Readonly<{
  limits: Pick<Limits, 'bytesPerSecondPerUser' | 'bytesPerDayPerUser'>
  /** Learns who gets no new allocation. */
  quotas: Quotas
  /** What each engine has relayed since it was last asked. */
  takeUsage: () => Iterable<Usage>
  /** Whose data is not to be relayed until the next verdict. */
  onVerdict: (blocked: ReadonlySet<string>) => void
}>

/** Applies the limits per user to all engines of a server, once a second; does nothing where there are none. */
export class UsageJudge {
  readonly #budgets: UserBudgets
  readonly #options: UsageJudgeOptions
  readonly #ticker: NodeJS.Timeout | undefined
  #someBlocked = false

  constructor(options: UsageJudgeOptions) {
    this.#options = options
    this.#budgets = new UserBudgets(options.limits)
    if (this.#budgets.isLimited) {
      this.#ticker = setInterval(() => this.#judge(), judgeEveryMs).unref()
    }
  }

  /** Stops judging. */
  close(): void {
    clearInterval(this.#ticker)
  }

  #judge(): void {
    const { quotas, takeUsage, onVerdict } = this.#options
    const nowMs = performance.now()
    for (const usage of takeUsage()) this.#budgets.add(usage, nowMs)
    const { blocked, overVolume } = this.#budgets.judge(nowMs)
    quotas.refuse(overVolume)
    const tells = blocked.size > 0 || this.#someBlocked
    this.#someBlocked = blocked.size > 0
    if (tells) onVerdict(blocked)
  }
}
