import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createOSUtils } from 'node-os-utils'
import systeminformation from 'systeminformation'
import type { CoreLoad, Status } from '#api'
import { readKernelCounters } from './kernel.ts'
import { createNetworkMeter, type NetworkMeter } from './network-rates.ts'
import {
  type CoreTicks,
  type InterfaceCounters,
  parseCpuTicks,
  parseInterfaceCounters,
} from './proc.ts'
import { createProcessMeter, type OwnProcess, type ProcessMeter } from './processes.ts'
import { createSlowFacts, type OwnPlaces, type SlowFacts } from './slow-facts.ts'

/** What a sample tells of the machine; the shapes are those of the status. */
export type SystemSnapshot = Readonly<
  Pick<Status, 'cpu' | 'memory' | 'network' | 'kernel' | 'processes' | 'disk'> & { atMs: number }
>

/** How often to sample, and from where; tests pass recorded files and their own time. */
export type SystemStatsOptions = Readonly<{
  intervalMs?: number
  procRoot?: string
  sysRoot?: string
  now?: () => Readonly<{ atMs: number; monotonicMs: number }>
  memory?: () => Promise<Readonly<{ totalBytes: number; usedBytes: number }>>
  loadAverage1m?: () => Promise<number>
  /** Our processes as they are at the time of a sample. */
  processes?: () => readonly OwnProcess[]
  /** What of the machine is ours. */
  own?: OwnPlaces
  /** Told when a sample fails; the last good one stays. */
  onError?: (error: unknown) => void
}>

/** Samples the machine once an interval. */
export interface SystemStats {
  /** Takes the first sample and starts the interval, which keeps no process alive. */
  start(): Promise<void>
  /** Takes a sample at once. */
  sample(): Promise<SystemSnapshot>
  /** The newest sample; zeros before the first. */
  latest(): SystemSnapshot
  /** Calls back after each sample; returns the way to stop that. */
  onSample(listener: (snapshot: SystemSnapshot) => void): () => void
  stop(): void
}

type Counters = Readonly<{
  monotonicMs: number
  cores: readonly CoreTicks[]
  interfaces: readonly InterfaceCounters[]
}>

/** Slow facts are read again when they are this old. */
const SLOW_FACTS_MS = 5000

const osUtils = createOSUtils({ cacheEnabled: false })

/**
 * Creates the sampler. Only calls that fork no process are used every second: systeminformation's
 * memory and node-os-utils' load average; the rest comes straight from /proc and /sys.
 */
export function createSystemStats(options: SystemStatsOptions = {}): SystemStats {
  return new Sampler(options)
}

class Sampler implements SystemStats {
  readonly #options: SystemStatsOptions
  readonly #procRoot: string
  readonly #listeners = new Set<(snapshot: SystemSnapshot) => void>()
  readonly #networkMeter: NetworkMeter
  readonly #processMeter: ProcessMeter
  readonly #readSlowFacts: () => Promise<SlowFacts>
  #slow: Readonly<{ atMs: number; facts: SlowFacts }> | undefined
  #before: Counters | undefined
  #latest: SystemSnapshot = emptySnapshot
  #timer: NodeJS.Timeout | undefined
  #running: Promise<SystemSnapshot> | undefined

  constructor(options: SystemStatsOptions) {
    this.#options = options
    this.#procRoot = options.procRoot ?? '/proc'
    this.#networkMeter = createNetworkMeter(options.sysRoot ?? '/sys')
    this.#processMeter = createProcessMeter(this.#procRoot)
    this.#readSlowFacts = createSlowFacts(this.#procRoot, options.own ?? {})
  }

  async start(): Promise<void> {
    await this.sample()
    const tick = () => void this.sample().catch(this.#options.onError)
    this.#timer = setInterval(tick, this.#options.intervalMs ?? 1000).unref()
  }

  /** Calls that overlap share one sample. */
  sample(): Promise<SystemSnapshot> {
    this.#running ??= this.#take().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  latest(): SystemSnapshot {
    return this.#latest
  }

  onSample(listener: (snapshot: SystemSnapshot) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async #take(): Promise<SystemSnapshot> {
    const [memory, loadAverage1m, slow] = await Promise.all([
      (this.#options.memory ?? readMemory)(),
      (this.#options.loadAverage1m ?? readLoadAverage)(),
      this.#slowFacts(),
    ])
    const { atMs, monotonicMs } = this.#now()
    const counters = { monotonicMs, ...this.#readCounters() }
    const before = this.#before ?? counters
    const seconds = (monotonicMs - before.monotonicMs) / 1000
    this.#before = counters
    const { disk, ...ofKernel } = slow
    this.#latest = {
      atMs,
      cpu: { ...cpuPercents(before, counters), loadAverage1m },
      processes: this.#processMeter(this.#options.processes?.() ?? [], monotonicMs),
      disk,
      memory: { ...memory, processRssBytes: process.memoryUsage.rss() },
      network: this.#networkMeter(before.interfaces, counters.interfaces, seconds),
      kernel: { ...readKernelCounters(this.#procRoot), ...ofKernel },
    }
    for (const listener of this.#listeners) listener(this.#latest)
    return this.#latest
  }

  #now(): Readonly<{ atMs: number; monotonicMs: number }> {
    return (this.#options.now ?? readClocks)()
  }

  async #slowFacts(): Promise<SlowFacts> {
    const atMs = this.#now().monotonicMs
    // A timer that comes a little early is not to put it off by a whole interval.
    if (this.#slow === undefined || atMs - this.#slow.atMs > SLOW_FACTS_MS - 500) {
      this.#slow = { atMs, facts: await this.#readSlowFacts() }
    }
    return this.#slow.facts
  }

  #readCounters(): Omit<Counters, 'monotonicMs'> {
    const read = (name: string) => readFileSync(join(this.#procRoot, name), 'utf8')
    return {
      cores: parseCpuTicks(read('stat')),
      interfaces: parseInterfaceCounters(read('net/dev')),
    }
  }
}

const emptySnapshot: SystemSnapshot = {
  atMs: 0,
  cpu: {
    totalPercent: 0,
    perCorePercent: [],
    loadAverage1m: 0,
    stealPercent: 0,
    softirqPercent: 0,
    cores: [],
  },
  processes: [],
  disk: undefined,
  memory: { totalBytes: 0, usedBytes: 0, processRssBytes: 0 },
  network: {
    receivedBitsPerSecond: 0,
    sentBitsPerSecond: 0,
    receivedPacketsPerSecond: 0,
    sentPacketsPerSecond: 0,
    linkBitsPerSecond: undefined,
    interfaces: [],
  },
  kernel: {
    udpReceiveBufferErrors: 0,
    udpSendBufferErrors: 0,
    udpNoPorts: 0,
    udpReceived: 0,
    udpSent: 0,
    socketDrops: [],
    softnetDropped: 0,
    softnetSqueezed: 0,
    conntrack: undefined,
    files: { open: 0, max: 0 },
    relayPorts: { used: 0, total: 0 },
    rmemMaxBytes: 0,
    wmemMaxBytes: 0,
    optmemMaxBytes: 0,
  },
}

function cpuPercents(before: Counters, after: Counters): Omit<Status['cpu'], 'loadAverage1m'> {
  const [total = idle, ...cores] = after.cores.map((core, index) =>
    coreLoad(before.cores[index] ?? core, core),
  )
  return {
    totalPercent: total.busyPercent,
    perCorePercent: cores.map(({ busyPercent }) => busyPercent),
    stealPercent: total.stealPercent,
    softirqPercent: total.softirqPercent,
    cores,
  }
}

const idle: CoreLoad = { busyPercent: 0, stealPercent: 0, softirqPercent: 0 }

function coreLoad(before: CoreTicks, after: CoreTicks): CoreLoad {
  const total = after.total - before.total
  const percent = (ticks: number) =>
    total > 0 ? Math.min(100, Math.max(0, (100 * ticks) / total)) : 0
  return {
    busyPercent: percent(after.busy - before.busy),
    stealPercent: percent(after.steal - before.steal),
    softirqPercent: percent(after.softirq - before.softirq),
  }
}

async function readMemory(): Promise<{ totalBytes: number; usedBytes: number }> {
  const { total, available } = await systeminformation.mem()
  return { totalBytes: total, usedBytes: total - available }
}

async function readLoadAverage(): Promise<number> {
  const result = await osUtils.cpu.loadAverage()
  if (!result.success) throw result.error
  return result.data.load1
}

function readClocks(): { atMs: number; monotonicMs: number } {
  return { atMs: Date.now(), monotonicMs: performance.now() }
}
