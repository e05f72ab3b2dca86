import type { Limits } from './limits.ts'

/** Relayed bytes of users since the last report. */
export type Usage = ReadonlyMap<string, number>

/** Whose data is not to be relayed until the next verdict; of these, who gets no new allocation either. */
export type UsageVerdict = Readonly<{
  blocked: ReadonlySet<string>
  overVolume: ReadonlySet<string>
}>

type Account = { debt: number; readonly hours: Map<number, number> }

const hourMs = 3_600_000
const hoursOfVolume = 24

/**
 * Judges, about once a second, who has relayed too much: by rate, where who was too fast waits until the average is right
 * again, and by volume of the last 24 hours, counted by the hour. Engines report what they relayed.
 */
export class UserBudgets {
  readonly #perSecond: number
  readonly #perDay: number
  readonly #accounts = new Map<string, Account>()
  #judgedMs: number | undefined

  constructor(limits: Pick<Limits, 'bytesPerSecondPerUser' | 'bytesPerDayPerUser'>) {
    this.#perSecond = limits.bytesPerSecondPerUser
    this.#perDay = limits.bytesPerDayPerUser
  }

  /** Whether anything is limited; otherwise nobody needs to report. */
  get isLimited(): boolean {
    return this.#perSecond > 0 || this.#perDay > 0
  }

  /** How many users are remembered. */
  get size(): number {
    return this.#accounts.size
  }

  /** Takes a report. */
  add(usage: Usage, nowMs: number): void {
    if (!this.isLimited) return
    const hour = Math.floor(nowMs / hourMs)
    for (const [userId, bytes] of usage) {
      const account = this.#accounts.get(userId) ?? { debt: 0, hours: new Map<number, number>() }
      this.#accounts.set(userId, account)
      if (this.#perSecond > 0) account.debt += bytes
      if (this.#perDay > 0) account.hours.set(hour, (account.hours.get(hour) ?? 0) + bytes)
    }
  }

  /** Lets the time since the last verdict count, forgets who owes nothing, and judges. */
  judge(nowMs: number): UsageVerdict {
    const elapsedMs = nowMs - (this.#judgedMs ?? nowMs)
    const oldestHour = Math.floor(nowMs / hourMs) - hoursOfVolume
    this.#judgedMs = nowMs
    const blocked = new Set<string>()
    const overVolume = new Set<string>()
    for (const [userId, account] of this.#accounts) {
      account.debt = Math.max(0, account.debt - (elapsedMs * this.#perSecond) / 1000)
      const volume = volumeSince(account, oldestHour)
      if (this.#perDay > 0 && volume > this.#perDay) overVolume.add(userId)
      if (account.debt > this.#perSecond || overVolume.has(userId)) blocked.add(userId)
      if (account.debt === 0 && account.hours.size === 0) this.#accounts.delete(userId)
    }
    return { blocked, overVolume }
  }
}

function volumeSince({ hours }: Account, oldestHour: number): number {
  let volume = 0
  for (const [hour, bytes] of hours) {
    if (hour <= oldestHour) hours.delete(hour)
    else volume += bytes
  }
  return volume
}
