import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createOSUtils } from 'node-os-utils'
import systeminformation from 'systeminformation'
import type { Status } from '#api'
import { readKernelFacts } from './kernel.ts'
import { type CoreTicks, type InterfaceBytes, parseCpuTicks, parseInterfaceBytes } from './proc.ts'

/** What a sample tells of the machine; the shapes are those of the status. */
export type SystemSnapshot = Readonly<
  Pick<Status, 'cpu' | 'memory' | 'network' | 'kernel'> & { atMs: number }
>

/** How often to sample, and from where; tests pass recorded files and their own time. */
export type SystemStatsOptions = Readonly<{
  intervalMs?: number
  procRoot?: string
  sysRoot?: string
  now?: () => Readonly<{ atMs: number; monotonicMs: number }>
  memory?: () => Promise<Readonly<{ totalBytes: number; usedBytes: number }>>
  loadAverage1m?: () => Promise<number>
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
  interfaces: readonly InterfaceBytes[]
}>

const osUtils = createOSUtils({ cacheEnabled: false })

/**
 * Creates the sampler. Only calls that fork no process are used every second: systeminformation's
 * memory and node-os-utils' load average; ticks and interface bytes come straight from /proc.
 */
export function createSystemStats(options: SystemStatsOptions = {}): SystemStats {
  return new Sampler(options)
}

class Sampler implements SystemStats {
  readonly #options: SystemStatsOptions
  readonly #procRoot: string
  readonly #listeners = new Set<(snapshot: SystemSnapshot) => void>()
  readonly #hardware = new Map<string, boolean>()
  #before: Counters | undefined
  #latest: SystemSnapshot = emptySnapshot
  #timer: NodeJS.Timeout | undefined
  #running: Promise<SystemSnapshot> | undefined

  constructor(options: SystemStatsOptions) {
    this.#options = options
    this.#procRoot = options.procRoot ?? '/proc'
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
    const [memory, loadAverage1m] = await Promise.all([
      (this.#options.memory ?? readMemory)(),
      (this.#options.loadAverage1m ?? readLoadAverage)(),
    ])
    const { atMs, monotonicMs } = (this.#options.now ?? readClocks)()
    const counters = { monotonicMs, ...this.#readCounters() }
    const before = this.#before ?? counters
    this.#before = counters
    this.#latest = {
      atMs,
      cpu: { ...noCores, ...cpuPercents(before, counters), loadAverage1m },
      memory: { ...memory, processRssBytes: process.memoryUsage.rss() },
      network: this.#network(before, counters),
      kernel: { ...noKernel, ...readKernelFacts(this.#procRoot) },
    }
    for (const listener of this.#listeners) listener(this.#latest)
    return this.#latest
  }

  #readCounters(): Omit<Counters, 'monotonicMs'> {
    const read = (name: string) => readFileSync(join(this.#procRoot, name), 'utf8')
    return {
      cores: parseCpuTicks(read('stat')),
      interfaces: parseInterfaceBytes(read('net/dev')),
    }
  }

  /** Bridges and tunnels see the packets of network cards again, so the total counts cards alone. */
  #network(before: Counters, after: Counters): Status['network'] {
    const interfaces = interfaceRates(before, after)
    const outside = interfaces.filter(({ name }) => name !== 'lo')
    const cards = outside.filter(({ name }) => this.#isHardware(name))
    const counted = cards.length > 0 ? cards : outside
    return {
      receivedBitsPerSecond: sum(counted.map((entry) => entry.receivedBitsPerSecond)),
      sentBitsPerSecond: sum(counted.map((entry) => entry.sentBitsPerSecond)),
      receivedPacketsPerSecond: 0,
      sentPacketsPerSecond: 0,
      linkBitsPerSecond: undefined,
      interfaces,
    }
  }

  #isHardware(name: string): boolean {
    const known = this.#hardware.get(name)
    if (known !== undefined) return known
    const found = existsSync(join(this.#options.sysRoot ?? '/sys', 'class/net', name, 'device'))
    this.#hardware.set(name, found)
    return found
  }
}

const noCores = { stealPercent: 0, softirqPercent: 0, cores: [] }

const noKernel: Status['kernel'] = {
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
}

const emptySnapshot: SystemSnapshot = {
  atMs: 0,
  cpu: { totalPercent: 0, perCorePercent: [], loadAverage1m: 0, ...noCores },
  memory: { totalBytes: 0, usedBytes: 0, processRssBytes: 0 },
  network: {
    receivedBitsPerSecond: 0,
    sentBitsPerSecond: 0,
    receivedPacketsPerSecond: 0,
    sentPacketsPerSecond: 0,
    linkBitsPerSecond: undefined,
    interfaces: [],
  },
  kernel: noKernel,
}

function cpuPercents(before: Counters, after: Counters) {
  const [totalPercent = 0, ...perCorePercent] = after.cores.map((core, index) => {
    const earlier = before.cores[index] ?? core
    const total = core.total - earlier.total
    const percent = total > 0 ? (100 * (core.busy - earlier.busy)) / total : 0
    return Math.min(100, Math.max(0, percent))
  })
  return { totalPercent, perCorePercent }
}

function interfaceRates(before: Counters, after: Counters): Status['network']['interfaces'] {
  const seconds = (after.monotonicMs - before.monotonicMs) / 1000
  // A counter that went back belongs to an interface that was created anew.
  const rate = (earlier: number, later: number) =>
    seconds > 0 && later > earlier ? (8 * (later - earlier)) / seconds : 0
  return after.interfaces.map((entry) => {
    const earlier = before.interfaces.find(({ name }) => name === entry.name) ?? entry
    return {
      name: entry.name,
      receivedBitsPerSecond: rate(earlier.received, entry.received),
      sentBitsPerSecond: rate(earlier.sent, entry.sent),
      linkBitsPerSecond: undefined,
    }
  })
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

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
