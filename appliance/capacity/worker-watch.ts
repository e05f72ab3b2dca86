import { LearnedCosts, type Work } from './costs.ts'
import type { Readings } from './readings.ts'

/** A media worker as the media plane tells of it. */
export type WorkerState = Readonly<{ pid: number; alive: boolean; rooms: number }>

/** Datagrams counted so far, each way. */
export type Datagrams = Readonly<{ received: number; sent: number }>

/** How much a load of the last second counts against those before. */
const SMOOTHING = 0.3
type Reading = Readonly<{
  atMs: number
  packets: Datagrams | undefined
  workersWithCalls: number
  seconds: ReadonlyMap<number, number>
}>

/** Watches what the media workers take, and learns from it what packets cost. */
export class WorkerWatch {
  readonly learned = new LearnedCosts()
  readonly #readings: Readings
  readonly #busy = new Map<number, number>()
  #before: Reading | undefined

  constructor(readings: Readings) {
    this.#readings = readings
  }

  /** The share of a core that each living worker takes, by process id, over some seconds. */
  get busy(): ReadonlyMap<number, number> {
    return this.#busy
  }

  /**
   * Reads the counters; once a second. `relayed` is what our TURN server received and sent: the kernel counts it,
   * and it is not the media workers'. `undefined` where the counters do not tell the workers' packets.
   */
  sample(atMs: number, workers: readonly WorkerState[], relayed: Datagrams | undefined): void {
    const reading = this.#read(atMs, workers, relayed)
    const before = this.#before
    this.#before = reading
    for (const pid of [...this.#busy.keys()]) if (!reading.seconds.has(pid)) this.#busy.delete(pid)
    const elapsed = before === undefined ? 0 : (atMs - before.atMs) / 1000
    if (before === undefined || elapsed <= 0) return
    let used = 0
    for (const [pid, seconds] of reading.seconds) {
      const share = Math.max(0, seconds - (before.seconds.get(pid) ?? seconds)) / elapsed
      used += share * elapsed
      const known = this.#busy.get(pid)
      this.#busy.set(pid, known === undefined ? share : known + SMOOTHING * (share - known))
    }
    this.#learn(before, reading, { seconds: elapsed, usedSeconds: used })
  }

  #learn(before: Reading, now: Reading, took: Pick<Work, 'seconds' | 'usedSeconds'>): void {
    if (before.packets === undefined || now.packets === undefined) return
    this.learned.add({
      ...took,
      workerSeconds: now.workersWithCalls * took.seconds,
      received: now.packets.received - before.packets.received,
      sent: now.packets.sent - before.packets.sent,
    })
  }

  /** Packets count only while a call runs: without one, they are somebody else's. */
  #read(atMs: number, workers: readonly WorkerState[], relayed: Datagrams | undefined): Reading {
    const living = workers.filter(({ alive }) => alive)
    const seconds = new Map<number, number>()
    for (const { pid } of living) {
      const used = this.#readings.processorSeconds(pid)
      if (used !== undefined) seconds.set(pid, used)
    }
    const workersWithCalls = living.filter(({ rooms }) => rooms > 0).length
    const udp = workersWithCalls > 0 && relayed ? this.#readings.udp() : undefined
    const packets = udp &&
      relayed && { received: udp.received - relayed.received, sent: udp.sent - relayed.sent }
    return { atMs, packets, workersWithCalls, seconds }
  }
}
