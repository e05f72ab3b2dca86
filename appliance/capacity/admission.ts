import type { Costs } from './costs.ts'
import { Gauge, type GaugeMarks, type Level, strictest } from './gauge.ts'
import { type CallSize, shareOfScreen } from './model.ts'

/** What loads this machine, shares of one. */
export type Loads = Readonly<{
  /** By process id of the media worker: of what is left of a core to it. */
  workers: ReadonlyMap<number, number>
  /** Of all cores, stolen time too; and how much of what is busy are media workers. */
  machine: Readonly<{ busy: number; ofWhichMedia: number }>
  link: number
  memory: number
}>

/** A running call, as far as letting somebody in depends on it. */
export type CallPlace = CallSize & Readonly<{ workerPid: number }>

/** Refusing people helps only where calls are what the machine is busy with. */
const LEAST_MEDIA_SHARE = 0.25
/** No screen may take a media worker beyond this share of its core. */
const MOST_WITH_SCREEN = 0.95
/** Memory serves until it is all given; then the kernel ends a process. */
const MEMORY_MARKS: GaugeMarks = {
  video: { refuseAt: 95, admitBelow: 90 },
  everybody: { refuseAt: 97, admitBelow: 95 },
}

/** Decides whom the box lets in: first it refuses pictures, then people. Running sound is never touched. */
export class Admission {
  readonly #workers = new Map<number, Gauge>()
  readonly #shared = { machine: new Gauge(), link: new Gauge(), memory: new Gauge(MEMORY_MARKS) }
  #loads: Loads['workers'] = new Map()
  #calls: ReadonlyMap<string, CallPlace> = new Map()

  /** The strictest that applies to any call. */
  get level(): Level {
    return strictest([this.#sharedLevel(), ...this.#workerLevels()])
  }

  /** Takes the loads of a second. */
  update(loads: Loads, calls: ReadonlyMap<string, CallPlace>, atMs: number): void {
    this.#loads = loads.workers
    this.#calls = calls
    for (const pid of this.#workers.keys()) if (!loads.workers.has(pid)) this.#workers.delete(pid)
    for (const [pid, load] of loads.workers) {
      const gauge = this.#workers.get(pid) ?? new Gauge()
      this.#workers.set(pid, gauge)
      gauge.update(load * 100, atMs)
    }
    const { busy, ofWhichMedia } = loads.machine
    this.#shared.machine.update(ofWhichMedia < LEAST_MEDIA_SHARE ? 0 : busy * 100, atMs)
    this.#shared.link.update(loads.link * 100, atMs)
    this.#shared.memory.update(loads.memory * 100, atMs)
  }

  /** Whom a call lets in; one that does not run yet goes to the worker with the most room. */
  levelOf(call: string): Level {
    const gauge = this.#workers.get(this.#calls.get(call)?.workerPid ?? 0)
    const levels = this.#workerLevels()
    const mildest = (['all', 'no-video'] as const).find((level) => levels.includes(level))
    const ofWorker = gauge?.level ?? (levels.length === 0 ? 'all' : (mildest ?? 'nobody'))
    return strictest([this.#sharedLevel(), ofWorker])
  }

  /** Whether one more screen or camera would be too much for the worker of a running call. */
  isTooMuch(call: string, costs: Costs): boolean {
    const place = this.#calls.get(call)
    if (place === undefined) return false
    const load = this.#loads.get(place.workerPid) ?? 0
    return load + shareOfScreen(costs, place) > MOST_WITH_SCREEN
  }

  #sharedLevel(): Level {
    return strictest(Object.values(this.#shared).map((gauge) => gauge.level))
  }

  #workerLevels(): Level[] {
    return [...this.#workers.values()].map((gauge) => gauge.level)
  }
}
