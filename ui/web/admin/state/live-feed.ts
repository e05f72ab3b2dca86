import { computed, type ReadonlySignal, signal } from '@preact/signals'
import type { HistoryPoint, LiveMessage, Status } from '#api'
import { CHART_SECONDS } from './charts.ts'

/** How the connection to the server stands. */
export type Connection =
  | Readonly<{ state: 'connecting' }>
  | Readonly<{ state: 'live' }>
  /** No figures since `sinceMs` (`undefined`: none yet); the next try is at `retryAtMs`, if one is planned. */
  | Readonly<{ state: 'stale'; sinceMs: number | undefined; retryAtMs: number | undefined }>

/** What comes out of a socket until it is closed from this side. */
export type SocketEvents = Readonly<{
  message: (text: string) => void
  close: (code: number) => void
}>

/** What the feed needs of the browser; tests pass their own. */
export type FeedDeps = Readonly<{
  /** Opens the WebSocket; the answer closes it, after which no event may come. */
  openSocket: (events: SocketEvents) => () => void
  /** Asked before each new try: an ended log-in shows itself only as a closed socket. */
  isLoggedIn: () => Promise<'yes' | 'no' | 'unreachable'>
  /** Called once when the log-in has ended; the feed has stopped then. */
  onLoggedOut: () => void
  nowMs: () => number
  /** Runs work later; returns how to call that off. */
  after: (delayMs: number, work: () => void) => () => void
}>

const STALE_AFTER_MS = 4000
const RETRY_MS = [500, 1000, 2000, 4000, 8000]
const LOGGED_OUT_CODE = 4401

/** The dashboard's figures, kept current over a WebSocket that is opened anew whenever it breaks. */
export class LiveFeed {
  readonly #deps: FeedDeps
  readonly #status = signal<Status | undefined>(undefined)
  readonly #points = signal<readonly HistoryPoint[]>([])
  readonly #connection = signal<Connection>({ state: 'connecting' })
  #closeSocket: (() => void) | undefined
  #lastAtMs: number | undefined
  #failures = 0
  #isStopped = false
  #callOffRetry = () => {}
  #callOffWatch = () => {}

  /** The latest facts, `undefined` until the first arrive. */
  readonly status: ReadonlySignal<Status | undefined> = computed(() => this.#status.value)
  /** The last ten minutes, oldest first. */
  readonly points: ReadonlySignal<readonly HistoryPoint[]> = computed(() => this.#points.value)
  readonly connection: ReadonlySignal<Connection> = computed(() => this.#connection.value)

  constructor(deps: FeedDeps) {
    this.#deps = deps
  }

  start(): void {
    this.#connect()
  }

  /** Tries at once instead of waiting, such as when the device is back online. */
  retryNow(): void {
    if (this.#isStopped || this.#closeSocket) return
    this.#callOffRetry()
    void this.#retry()
  }

  stop(): void {
    this.#isStopped = true
    this.#callOffRetry()
    this.#callOffWatch()
    this.#drop()
  }

  #connect(): void {
    this.#closeSocket = this.#deps.openSocket({
      message: (text) => this.#receive(JSON.parse(text) as LiveMessage),
      close: (code) => {
        this.#closeSocket = undefined
        // A new password changes the cookie: then the page is still logged in.
        if (code === LOGGED_OUT_CODE) void this.#retry()
        else this.#planRetry()
      },
    })
    this.#watch()
  }

  #receive(message: LiveMessage): void {
    if (message.type === 'history') {
      this.#points.value = message.points
      return
    }
    this.#failures = 0
    this.#lastAtMs = this.#deps.nowMs()
    this.#watch()
    this.#status.value = message.status
    this.#points.value = appendPoint(this.#points.value, message.point)
    this.#connection.value = { state: 'live' }
  }

  /** Without figures for a while the connection counts as broken, though nothing said so. */
  #watch(): void {
    this.#callOffWatch()
    this.#callOffWatch = this.#deps.after(STALE_AFTER_MS, () => {
      if (!this.#closeSocket) return
      this.#drop()
      this.#planRetry()
    })
  }

  #planRetry(): void {
    if (this.#isStopped) return
    const delayMs = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)] ?? 0
    this.#failures++
    this.#connection.value = {
      state: 'stale',
      sinceMs: this.#lastAtMs,
      retryAtMs: this.#deps.nowMs() + delayMs,
    }
    this.#callOffRetry()
    this.#callOffRetry = this.#deps.after(delayMs, () => void this.#retry())
  }

  async #retry(): Promise<void> {
    this.#connection.value = { state: 'stale', sinceMs: this.#lastAtMs, retryAtMs: undefined }
    const answer = await this.#deps.isLoggedIn()
    if (this.#isStopped || this.#closeSocket) return
    if (answer === 'no') this.#end()
    else if (answer === 'yes') this.#connect()
    else this.#planRetry()
  }

  #end(): void {
    this.stop()
    this.#deps.onLoggedOut()
  }

  #drop(): void {
    this.#closeSocket?.()
    this.#closeSocket = undefined
  }
}

/** Adds the newest point and forgets what is older than the charts show. */
export function appendPoint(
  points: readonly HistoryPoint[],
  point: HistoryPoint,
): readonly HistoryPoint[] {
  const oldestMs = point.atMs - CHART_SECONDS * 1000
  return [...points.filter(({ atMs }) => atMs >= oldestMs && atMs < point.atMs), point]
}
