/** What a quota says to one more place: taken, too many for the user, too many for the server. */
export type QuotaAnswer = 'taken' | 'userFull' | 'serverFull'

/** Counts places (allocations and reserved ports) per user id and in all. */
export class Quotas {
  readonly #perUser = new Map<string, number>()
  readonly #maxPerUser: number
  readonly #max: number
  #total = 0

  constructor(max: number, maxPerUser: number) {
    this.#max = max
    this.#maxPerUser = maxPerUser
  }

  /** Places in use by everybody. */
  get total(): number {
    return this.#total
  }

  /** Takes `places` at once, or none. */
  take(userId: string, places: number): QuotaAnswer {
    const used = this.#perUser.get(userId) ?? 0
    if (used + places > this.#maxPerUser) return 'userFull'
    if (this.#total + places > this.#max) return 'serverFull'
    this.#perUser.set(userId, used + places)
    this.#total += places
    return 'taken'
  }

  /** Gives one place back; throws when the user has none. */
  release(userId: string): void {
    const used = this.#perUser.get(userId)
    if (used === undefined) throw new Error('only a taken place can be given back')
    if (used === 1) this.#perUser.delete(userId)
    else this.#perUser.set(userId, used - 1)
    this.#total--
  }
}
