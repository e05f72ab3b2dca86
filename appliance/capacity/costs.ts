/** What media workers take of a core: each that has a call at all, and the seconds of a packet each way. */
export type Costs = Readonly<{ worker: number; received: number; sent: number }>

/** What passed in a while: the time of each worker that had calls, packets, and the processor time for all of it. */
export type Work = Readonly<{
  seconds: number
  workerSeconds: number
  received: number
  sent: number
  usedSeconds: number
}>

/** Before anything was measured (docs/MEASURED.md). A packet that comes mostly wakes the worker up. */
export const ASSUMED_COSTS: Costs = { worker: 0.002, received: 100e-6, sent: 14e-6 }

/** No cost is further than this from the assumption, either way. */
export const MOST_TIMES_ASSUMED = 8

/** The kernel counts processor time in hundredths of a second: shorter windows would measure those. */
const WINDOW_SECONDS = 10
/** With fewer, what a worker does besides would count as theirs. */
const LEAST_PACKETS_PER_SECOND = 300
/** A window counts as no more, and no less, than so many times what the present costs foretell. */
const LARGEST_STEP = 4
/** The assumption weighs as much as ten windows in which a worker takes a twentieth of a core. */
const ASSUMPTION_WEIGHT = 10 * 0.05 ** 2
/** A window weighs half after so many others: a quarter of an hour of calls. */
const HALF_LIFE_WINDOWS = 90
/** Enough for three figures that explain the same load to settle. */
const SWEEPS = 500

type Triple = readonly [number, number, number]
/** Sums over windows, of loads as the assumption foretells them and as they were. */
type Evidence = Readonly<{ products: readonly [Triple, Triple, Triple]; targets: Triple }>

const NO_WORK: Work = { seconds: 0, workerSeconds: 0, received: 0, sent: 0, usedSeconds: 0 }
const NO_EVIDENCE: Evidence = {
  products: [
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
  ],
  targets: [0, 0, 0],
}
const AS_ASSUMED: Triple = [1, 1, 1]

/**
 * What media workers cost here, learned while calls run: least squares over windows in which old ones
 * fade, drawn to the assumption. A window counts by the square of its load, so that a small call
 * moves little, and what a load cannot tell apart is corrected in proportion.
 */
export class LearnedCosts {
  #window = NO_WORK
  #evidence = NO_EVIDENCE
  #times = AS_ASSUMED

  /** The assumption until enough was measured. */
  get costs(): Costs {
    return this.isMeasured ? scaled(this.#times) : ASSUMED_COSTS
  }

  /** Whether what was measured weighs as much as the assumption. */
  get isMeasured(): boolean {
    const [a, b, c] = this.#evidence.products
    return a[0] + b[1] + c[2] >= ASSUMPTION_WEIGHT
  }

  /** Takes what passed since it was last told. */
  add(work: Work): void {
    if (!(work.seconds > 0) || Object.values(work).some((each) => !(each >= 0 && each < 1e12)))
      return
    this.#window = sum(this.#window, work)
    if (this.#window.seconds < WINDOW_SECONDS) return
    const { seconds, workerSeconds, received, sent, usedSeconds } = this.#window
    this.#window = NO_WORK
    if ((received + sent) / seconds < LEAST_PACKETS_PER_SECOND) return
    const foretold: Triple = [
      (workerSeconds / seconds) * ASSUMED_COSTS.worker,
      (received / seconds) * ASSUMED_COSTS.received,
      (sent / seconds) * ASSUMED_COSTS.sent,
    ]
    const present = dot(foretold, this.#times)
    const load = within(usedSeconds / seconds, present / LARGEST_STEP, present * LARGEST_STEP)
    this.#evidence = faded(this.#evidence, foretold, load)
    this.#times = fitted(this.#evidence)
  }
}

function sum(a: Work, b: Work): Work {
  return {
    seconds: a.seconds + b.seconds,
    workerSeconds: a.workerSeconds + b.workerSeconds,
    received: a.received + b.received,
    sent: a.sent + b.sent,
    usedSeconds: a.usedSeconds + b.usedSeconds,
  }
}

function faded({ products, targets }: Evidence, foretold: Triple, load: number): Evidence {
  const kept = 0.5 ** (1 / HALF_LIFE_WINDOWS)
  const row = (old: Triple, factor: number) =>
    each((index) => old[index] * kept + factor * foretold[index])
  return {
    products: [
      row(products[0], foretold[0]),
      row(products[1], foretold[1]),
      row(products[2], foretold[2]),
    ],
    targets: row(targets, load),
  }
}

/** How many times the assumption each cost is: the nearest to both within the bounds, one after the other. */
function fitted({ products, targets }: Evidence): Triple {
  const times: [number, number, number] = [...AS_ASSUMED]
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const index of [0, 1, 2] as const) {
      const own = products[index][index]
      const others = dot(products[index], times) - own * times[index]
      const wanted = (targets[index] - others + ASSUMPTION_WEIGHT) / (own + ASSUMPTION_WEIGHT)
      times[index] = within(wanted, 1 / MOST_TIMES_ASSUMED, MOST_TIMES_ASSUMED)
    }
  }
  return times
}

function scaled([worker, received, sent]: Triple): Costs {
  return {
    worker: ASSUMED_COSTS.worker * worker,
    received: ASSUMED_COSTS.received * received,
    sent: ASSUMED_COSTS.sent * sent,
  }
}

function each(value: (index: 0 | 1 | 2) => number): Triple {
  return [value(0), value(1), value(2)]
}

function dot(a: Triple, b: Triple): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

function within(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}
