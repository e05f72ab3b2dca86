import type { SocketTurnEngine } from '../engine.ts'
import type { AllocationRow } from '../turn-engine.ts'
import type { ParentChannel } from './parent-channel.ts'

const countersEveryMs = 1_000
const rowsAtMostEveryMs = 50

type Reported = Pick<SocketTurnEngine, 'allocations' | 'stats' | 'deniedPeers' | 'takeUsage'>

/** Keeps the parent's picture of a worker true: allocations that come and go at once, what they count every second. */
export class WorkerReports {
  readonly #parent: ParentChannel
  readonly #engine: Reported
  readonly #told = new Map<string, string>()
  readonly #ticker: NodeJS.Timeout
  #soon: NodeJS.Timeout | undefined

  constructor(parent: ParentChannel, engine: Reported) {
    this.#parent = parent
    this.#engine = engine
    this.#ticker = setInterval(() => this.#report(true), countersEveryMs)
  }

  /** An allocation came or went. */
  noteChange(): void {
    this.#soon ??= setTimeout(() => this.#report(false), rowsAtMostEveryMs).unref()
  }

  /** Stops for good. */
  close(): void {
    clearInterval(this.#ticker)
    clearTimeout(this.#soon)
  }

  #report(withCounters: boolean): void {
    clearTimeout(this.#soon)
    this.#soon = undefined
    const rows = new Map(this.#engine.allocations().map((row) => [row.id, row]))
    const deleted = [...this.#told.keys()].filter((id) => !rows.has(id))
    const changed = [...rows.values()].filter((row) => this.#told.get(row.id) !== stateOf(row))
    for (const id of deleted) this.#told.delete(id)
    for (const row of changed) this.#told.set(row.id, stateOf(row))
    this.#parent.send({
      type: 'report',
      changed,
      deleted,
      ...(withCounters && {
        counters: {
          stats: this.#engine.stats(),
          deniedPeers: this.#engine.deniedPeers(),
          usage: this.#engine.takeUsage(),
        },
      }),
    })
  }
}

/** What of a row can change; the deadline to the second, for it is told in a clock that moves. */
function stateOf({ relayed, expiresAtMs, fromClient, toClient }: AllocationRow): string {
  return `${relayed.length} ${Math.round(expiresAtMs / 1000)} ${fromClient.packets} ${toClient.packets}`
}
