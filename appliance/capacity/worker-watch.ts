import { PacketCost } from './packet-cost.ts'
import type { Readings } from './readings.ts'

/** A media worker as the media plane tells of it. */
export type WorkerState = Readonly<{ pid: number; alive: boolean; rooms: number }>

/** Datagrams that our TURN server has relayed: they are in the kernel's counters, and not the media workers'. */
export type RelayedPackets = Readonly<{ received: number; sent: number }>

/** How much a load of the last second counts against those before. */
const SMOOTHING = 0.3
/** With fewer in a second, what a worker does besides would count as theirs. */
const LEAST_PACKETS_PER_SECOND = 50

type Reading = Readonly<{
  atMs: number
  packets: number | undefined
  seconds: ReadonlyMap<number, number>
}>

/** Watches what the media workers take, and learns from it what a packet costs. */
export class WorkerWatch {
  readonly cost = new PacketCost()
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

  /** Reads the counters; once a second. */
  sample(atMs: number, workers: readonly WorkerState[], relayed: RelayedPackets): void {
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
    this.#learn(before.packets, reading.packets, { used, elapsed })
  }

  #learn(
    before: number | undefined,
    now: number | undefined,
    { used, elapsed }: Readonly<{ used: number; elapsed: number }>,
  ): void {
    if (before === undefined || now === undefined) return
    const packets = now - before
    if (packets >= LEAST_PACKETS_PER_SECOND * elapsed) this.cost.add(packets, used)
  }

  /** Packets count only while a call runs: without one, they are somebody else's. */
  #read(atMs: number, workers: readonly WorkerState[], relayed: RelayedPackets): Reading {
    const living = workers.filter(({ alive }) => alive)
    const seconds = new Map<number, number>()
    for (const { pid } of living) {
      const used = this.#readings.processorSeconds(pid)
      if (used !== undefined) seconds.set(pid, used)
    }
    const udp = living.some(({ rooms }) => rooms > 0) ? this.#readings.udp() : undefined
    const packets = udp && udp.received + udp.sent - relayed.received - relayed.sent
    return { atMs, packets, seconds }
  }
}
