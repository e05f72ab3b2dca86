import type { DeniedPeerRow } from '../server/denied-peers.ts'
import type { Quotas } from '../server/quotas.ts'
import type { AllocationRow, TurnEngineStats } from '../turn-engine.ts'
import { HeldPlaces } from './held-places.ts'
import { countersLeftBehind, mergeStats } from './merged-stats.ts'
import type { WorkerReport } from './messages.ts'

/** What the parent knows of the workers that serve or served at one place. */
export class WorkerPicture {
  readonly places: HeldPlaces
  readonly #number: number
  readonly #rows = new Map<string, AllocationRow>()
  #generation = 1
  #stats: TurnEngineStats | undefined
  /** What the workers before this one counted: a counter never goes back. */
  #past: TurnEngineStats | undefined
  #deniedPeers: readonly DeniedPeerRow[] = []

  constructor(number: number, quotas: Quotas) {
    this.#number = number
    this.places = new HeldPlaces(quotas)
  }

  /** Its allocations; their ids name the worker too, and never come back. */
  get rows(): Iterable<AllocationRow> {
    return this.#rows.values()
  }

  /** Its counters and those of the workers before it. */
  get stats(): readonly TurnEngineStats[] {
    return [this.#stats, this.#past].flatMap((stats) => stats ?? [])
  }

  get deniedPeers(): readonly DeniedPeerRow[] {
    return this.#deniedPeers
  }

  /** The worker's own id of an allocation; undefined when there is no such row. */
  idInWorker(id: string): string | undefined {
    return this.#rows.has(id) ? id.slice(this.#idPrefix.length) : undefined
  }

  /** Takes what the worker reports. */
  update({ changed, deleted, counters }: WorkerReport): void {
    for (const row of changed) {
      const id = this.#idPrefix + row.id
      this.#rows.set(id, { ...row, id })
    }
    for (const id of deleted) this.#rows.delete(this.#idPrefix + id)
    if (!counters) return
    this.#stats = counters.stats
    this.#deniedPeers = counters.deniedPeers
  }

  /** The worker is gone and all it held with it; the next one's ids are new. */
  forget(): void {
    this.#rows.clear()
    this.#generation++
    const { stats } = this
    if (stats.length > 0) this.#past = countersLeftBehind(mergeStats(stats))
    this.#stats = undefined
    this.places.releaseAll()
  }

  get #idPrefix(): string {
    return `${this.#number}.${this.#generation}-`
  }
}
