import type { MediaPath, ProcessLoad, Status } from '#api'

/** A look back at figures; each is cheap to keep. Counters count from whenever they do. */
export type Sample = Readonly<{
  atMs: number
  cpuPercent: number
  stealPercent: number
  /** The busiest media worker's share of a core. */
  mediaWorkerPercent: number | undefined
  lossPercent: number | undefined
  rttMs: number | undefined
  connected: number
  relayed: number
  udpErrors: number
  softnetDrops: number
  /** 486 and 508: no room for another relay. */
  relaysRefused: number
  /** Worker processes that ended while we went on. */
  deaths: number
}>

const STEP_MS = 5000
const KEPT = 720

const RELAYED: readonly MediaPath[] = ['turn-udp', 'turn-tcp', 'turn-tls']
const DIRECT: readonly MediaPath[] = ['udp', 'tcp']

/** The last hour in steps of five seconds, and this moment. */
export class AlertWindow {
  readonly #samples: Sample[] = []
  #latest: Sample | undefined
  #workers: ReadonlySet<number> = new Set()
  #deaths = 0

  /** Takes in how things are now. */
  take(status: Status): void {
    this.#deaths += this.#countDeaths(status.processes)
    this.#latest = sampleOf(status, this.#deaths)
    const before = this.#samples.at(-1)
    const isBack = before !== undefined && status.atMs < before.atMs
    if (isBack) this.#samples.length = 0
    if (before === undefined || isBack || status.atMs - before.atMs >= STEP_MS) {
      this.#samples.push(this.#latest)
      if (this.#samples.length > KEPT) this.#samples.shift()
    }
  }

  /** The mean of what was measured between so long ago and `untilMs` ago; `undefined` when nothing was. */
  mean(
    of: (sample: Sample) => number | undefined,
    lastMs: number,
    untilMs = 0,
  ): number | undefined {
    const values = this.between(lastMs, untilMs).map(of).filter(isMeasured)
    if (values.length === 0) return undefined
    return values.reduce((sum, value) => sum + value, 0) / values.length
  }

  /** How much a counter rose in the last while; one that began anew counts from there. */
  growth(of: (sample: Sample) => number, lastMs: number): number {
    const values = this.#from(lastMs).map(of)
    return values.slice(1).reduce((sum, value, index) => {
      return sum + Math.max(0, value - (values[index] ?? value))
    }, 0)
  }

  /** The samples of a while, oldest first. */
  between(lastMs: number, untilMs = 0): readonly Sample[] {
    const nowMs = this.#latest?.atMs ?? 0
    return this.#all().filter(({ atMs }) => nowMs - atMs <= lastMs && nowMs - atMs >= untilMs)
  }

  /** With the last one before that while, which a counter's rise is measured from. */
  #from(lastMs: number): readonly Sample[] {
    const nowMs = this.#latest?.atMs ?? 0
    const all = this.#all()
    const first = all.findIndex(({ atMs }) => nowMs - atMs <= lastMs)
    return all.slice(Math.max(0, first - 1))
  }

  #all(): readonly Sample[] {
    const latest = this.#latest
    if (latest === undefined || this.#samples.at(-1) === latest) return this.#samples
    return [...this.#samples, latest]
  }

  #countDeaths(processes: readonly ProcessLoad[]): number {
    const workers = new Set(processes.filter(({ kind }) => kind !== 'main').map(({ pid }) => pid))
    const gone = [...this.#workers].filter((pid) => !workers.has(pid)).length
    // None at all is a system that does not tell, and not the end of all of them.
    if (workers.size === 0) return 0
    this.#workers = workers
    return gone
  }
}

function sampleOf(status: Status, deaths: number): Sample {
  const { cpu, quality, kernel, paths, turn, processes } = status
  const media = processes.filter(({ kind }) => kind === 'media')
  const count = (names: readonly MediaPath[]) => names.reduce((sum, name) => sum + paths[name], 0)
  const { up, down } = quality
  return {
    atMs: status.atMs,
    cpuPercent: cpu.totalPercent,
    stealPercent: cpu.stealPercent,
    mediaWorkerPercent: largest(media.map(({ cpuPercent }) => cpuPercent)),
    lossPercent: largest([up.lossPercent?.p95, down.lossPercent?.p95]),
    rttMs: largest([up.rttMs?.p95, down.rttMs?.p95]),
    connected: count(RELAYED) + count(DIRECT),
    relayed: count(RELAYED),
    udpErrors: kernel.udpReceiveBufferErrors,
    softnetDrops: kernel.softnetDropped,
    relaysRefused: turn.rejections
      .filter(({ code }) => code === 486 || code === 508)
      .reduce((sum, rejection) => sum + rejection.count, 0),
    deaths,
  }
}

function largest(values: readonly (number | undefined)[]): number | undefined {
  const measured = values.filter(isMeasured)
  return measured.length === 0 ? undefined : Math.max(...measured)
}

function isMeasured(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value)
}
