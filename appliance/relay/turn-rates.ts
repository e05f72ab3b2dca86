import type { TurnEngine } from '#turn'

/** Bits per second each way. */
export type Rate = Readonly<{ fromClient: number; toClient: number }>

/** How fast each allocation relays, between the last two samples. */
export interface TurnRates {
  /** Takes a sample; called once a second. */
  sample(atMs: number): void
  /** Zero for one that is new or gone. */
  of(id: string): Rate
}

type Sample = Readonly<{ fromClient: number; toClient: number; rate: Rate }>

const still: Rate = { fromClient: 0, toClient: 0 }

/** Creates the rates of an engine's allocations. */
export function createTurnRates(turn: Pick<TurnEngine, 'allocations'>): TurnRates {
  let samples: ReadonlyMap<string, Sample> = new Map()
  let sampledAtMs = 0
  return {
    sample(atMs) {
      const seconds = (atMs - sampledAtMs) / 1000
      const rate = (before: number, now: number) =>
        seconds > 0 ? Math.max(0, (8 * (now - before)) / seconds) : 0
      samples = new Map(
        turn.allocations().map(({ id, fromClient: { bytes: from }, toClient: { bytes: to } }) => {
          const before = samples.get(id)
          const bits = before && {
            fromClient: rate(before.fromClient, from),
            toClient: rate(before.toClient, to),
          }
          return [id, { fromClient: from, toClient: to, rate: bits ?? still }]
        }),
      )
      sampledAtMs = atMs
    },
    of: (id) => samples.get(id)?.rate ?? still,
  }
}
