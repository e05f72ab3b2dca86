import type { DenyProbeRow, SelfTestResult, TurnSelfTest } from '#api'
import { doorName } from '../relay/door-names.ts'
import type { Health, Service } from '../service.ts'
import { wasGranted } from './deny-probe.ts'

const HOUR_MS = 3_600_000

/** The answers of our own deny list, and when they were got; `atMs` is `undefined` before that. */
export type DenyProbe = Readonly<{ atMs: number | undefined; rows: readonly DenyProbeRow[] }>

/** What is watched. Neither of the two rejects for what the network or an operator can cause. */
export type RelayWatchOptions = Readonly<{
  test: () => Promise<readonly SelfTestResult[]>
  probe: () => Promise<readonly DenyProbeRow[]>
  /** Told of each problem once, and when it is over. */
  log: Readonly<{
    info: (fields: object, message: string) => void
    warn: (fields: object, message: string) => void
  }>
  intervalMs?: number
  /** Unix milliseconds. */
  now?: () => number
}>

/** Tests the relay at the start, each hour and on demand; keeps the latest outcome. */
export interface RelayWatch {
  readonly service: Service
  latest(): TurnSelfTest
  probe(): DenyProbe
  /** Tests now, or waits for the test that runs. */
  run(): Promise<void>
}

/** Creates the watch; the first test is part of its service's start. */
export function createRelayWatch(options: RelayWatchOptions): RelayWatch {
  return new Watch(options)
}

class Watch implements RelayWatch {
  readonly #options: RelayWatchOptions
  #results: readonly SelfTestResult[] = []
  #probe: DenyProbe = { atMs: undefined, rows: [] }
  #atMs: number | undefined
  #running: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(options: RelayWatchOptions) {
    this.#options = options
  }

  readonly service: Service = {
    name: 'relay',
    start: async () => {
      await this.run()
      const onError = (err: unknown) =>
        this.#options.log.warn({ err }, 'the relay self-test could not run')
      const { intervalMs = HOUR_MS } = this.#options
      this.#timer = setInterval(() => void this.run().catch(onError), intervalMs).unref()
    },
    stop: async () => {
      clearInterval(this.#timer)
      await this.#running
    },
    health: () => this.#health(),
  }

  latest(): TurnSelfTest {
    return { atMs: this.#atMs, running: this.#running !== undefined, results: this.#results }
  }

  probe(): DenyProbe {
    return this.#probe
  }

  run(): Promise<void> {
    this.#running ??= this.#runOnce().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #runOnce(): Promise<void> {
    const now = this.#options.now ?? Date.now
    const results = await this.#options.test()
    this.#tell(results)
    this.#results = results
    this.#atMs = now()
    const rows = await this.#options.probe()
    this.#probe = { atMs: now(), rows }
    const open = rows.filter(wasGranted).map(({ name }) => name)
    if (open.length > 0) this.#options.log.warn({ open }, 'relays reach what they should not')
  }

  #tell(results: readonly SelfTestResult[]): void {
    const { log } = this.#options
    for (const { transport, ok, problem, fix } of results) {
      const before = this.#results.find((result) => result.transport === transport)
      if (problem === before?.problem && ok === (before?.ok ?? true)) continue
      if (problem !== undefined && !ok)
        log.warn({ transport, problem, fix }, 'the relay self-test failed')
      else if (before?.ok === false) log.info({ transport }, 'the relay works again')
    }
  }

  /** Without UDP the relay is of no use; what is wrong with another door is told, and calls go on. */
  #health(): Health {
    const udp = this.#results.find(({ transport }) => transport === 'udp')
    if (udp === undefined) return { ok: false, detail: 'not tested yet' }
    return { ok: udp.ok, detail: this.#results.map(describe).join('; ') }
  }
}

function describe({ transport, ok, rttMs, problem }: SelfTestResult): string {
  const time = rttMs === undefined ? '' : ` ${rttMs.toFixed(1)} ms`
  return ok
    ? `${doorName(transport)}${time}`
    : `${doorName(transport)}: ${(problem ?? 'failed').replace(/\.$/, '')}`
}
