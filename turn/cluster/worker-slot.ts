import { performance } from 'node:perf_hooks'
import { TurnError } from '../errors.ts'
import type { Log } from '../net/log.ts'
import type { ListeningAddress } from '../turn-engine.ts'
import type { FromWorker, ToWorker } from './messages.ts'
import type { BoundPort, SpawnWorker, WorkerChannel } from './worker-channel.ts'

type Start = Extract<ToWorker, { type: 'start' }>

/** What a slot is made of. */
export type WorkerSlotOptions = Readonly<{
  /** Counts from 1; part of the ids of its allocations. */
  number: number
  sockets: readonly BoundPort[] | undefined
  spawn: SpawnWorker
  /** Asked at each start: a worker that comes back gets what holds then. */
  startMessage: () => Omit<Start, 'type' | 'sockets'>
  log: Log
  timing?: Partial<WorkerTiming>
  /** What a worker that serves tells, but for its signs of life. */
  onMessage: (message: FromWorker) => void
  /** All a worker held is gone. */
  onGone: () => void
}>

/** How a slot waits, in milliseconds. */
export type WorkerTiming = Readonly<{
  /** From birth to ready. */
  startMs: number
  /** A worker that said nothing in `mostSilences` of these in a row is ended. */
  heartbeatMs: number
  /** Before a worker that died is started again: the first, doubled up to the longest; a stable worker sets it back. */
  firstPauseMs: number
  longestPauseMs: number
  stableMs: number
  /** From `close` to the end by force. */
  closeMs: number
}>

const usualTiming: WorkerTiming = {
  startMs: 15_000,
  heartbeatMs: 2_500,
  firstPauseMs: 250,
  longestPauseMs: 30_000,
  stableMs: 60_000,
  closeMs: 2_000,
}
const mostSilences = 4

type Waiting = Readonly<{
  resolve: (listening: readonly ListeningAddress[]) => void
  reject: (error: Error) => void
}>

/** The place of one worker process: starts it, watches it, starts it again when it dies, ends it. */
export class WorkerSlot {
  readonly number: number
  readonly #options: WorkerSlotOptions
  readonly #timing: WorkerTiming
  #channel: WorkerChannel | undefined
  #waiting: Waiting | undefined
  #closed: (() => void) | undefined
  #closing = false
  #serving = false
  /** Whether a worker has ever served here: only then the next one is started unasked. */
  #started = false
  #silences = 0
  #bornAtMs = 0
  #failuresInRow = 0
  #restarts = 0
  /** The one thing this slot waits for: ready, a sign of life, the next start, the end. */
  #timer: NodeJS.Timeout | undefined

  constructor(options: WorkerSlotOptions) {
    this.number = options.number
    this.#options = options
    this.#timing = { ...usualTiming, ...options.timing }
  }

  /** Whether a worker serves here. */
  get serving(): boolean {
    return this.#serving
  }

  /** How often a worker had to be started again. */
  get restarts(): number {
    return this.#restarts
  }

  /** The process there is, if any. */
  get pid(): number | undefined {
    return this.#channel?.pid
  }

  /** Starts the first worker; rejects with its TurnError, and then does not try again. */
  start(): Promise<readonly ListeningAddress[]> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#spawn()
    })
  }

  /** Tells the worker something, also one that has its start message and does not serve yet; the next will learn it from its own. */
  send(message: ToWorker): void {
    this.#channel?.send(message)
  }

  /** Asks the worker to end, and ends it by force when it does not in time. */
  close(reason: string): Promise<void> {
    this.#closing = true
    clearTimeout(this.#timer)
    const channel = this.#channel
    if (!channel) return Promise.resolve()
    return new Promise((resolve) => {
      this.#closed = resolve
      this.#timer = setTimeout(() => channel.kill(), this.#timing.closeMs)
      channel.send({ type: 'close', reason })
    })
  }

  #spawn(): void {
    try {
      this.#begin()
    } catch (error) {
      // The system has no room for another process just now.
      this.#exited(error instanceof Error ? error.message : String(error))
    }
  }

  #begin(): void {
    this.#bornAtMs = performance.now()
    const { spawn, sockets, startMessage, log, number } = this.#options
    const { channel, inherited } = spawn(sockets, {
      // What a worker said last may arrive after its end, when its successor is there.
      onMessage: (message) => this.#channel === channel && this.#take(message),
      onNoise: (line) => log.error({ worker: number, line }, 'TURN worker wrote past its log'),
      onExit: (how) => this.#exited(how),
    })
    this.#channel = channel
    this.#timer = setTimeout(() => channel.kill(), this.#timing.startMs)
    channel.send({ type: 'start', sockets: inherited, ...startMessage() })
  }

  #take(message: FromWorker): void {
    this.#silences = 0
    if (message.type === 'ready') this.#ready(message.listening)
    else if (message.type === 'failed') this.#failed(message)
    else if (message.type !== 'pong') this.#handOn(message)
  }

  /** A worker that says what makes no sense is not to end its parent. */
  #handOn(message: FromWorker): void {
    try {
      this.#options.onMessage(message)
    } catch (error) {
      const facts = { worker: this.number, err: error, message: message.type }
      this.#options.log.error(facts, 'bug in the TURN engine')
    }
  }

  #ready(listening: readonly ListeningAddress[]): void {
    if (this.#closing) return
    if (this.#started) this.#options.log.info({ worker: this.number }, 'TURN worker serves again')
    this.#serving = true
    this.#started = true
    clearTimeout(this.#timer)
    this.#watch()
    this.#waiting?.resolve(listening)
    this.#waiting = undefined
  }

  #failed({ code, message }: Extract<FromWorker, { type: 'failed' }>): void {
    const error = code ? new TurnError(code, message) : new Error(message)
    if (this.#waiting) this.#waiting.reject(error)
    else this.#options.log.error({ worker: this.number, err: error }, 'TURN worker cannot start')
    this.#waiting = undefined
  }

  /** Beats are counted, not time: after a pause of the whole machine every worker would look dead. */
  #watch(): void {
    this.#timer = setTimeout(() => {
      this.#silences++
      if (this.#silences > mostSilences) {
        this.#options.log.error({ worker: this.number }, 'TURN worker does not answer; ending it')
        this.#channel?.kill()
        return
      }
      this.#channel?.send({ type: 'ping' })
      this.#watch()
    }, this.#timing.heartbeatMs)
  }

  #exited(how: string): void {
    const { log, onGone } = this.#options
    clearTimeout(this.#timer)
    this.#channel = undefined
    this.#serving = false
    this.#silences = 0
    onGone()
    const first = this.#waiting
    this.#waiting = undefined
    this.#closed?.()
    if (this.#closing) return
    log.error({ worker: this.number, how }, 'TURN worker ended')
    first?.reject(new Error(`TURN worker ended before it was ready: ${how}`))
    if (this.#started) this.#restartLater()
  }

  #restartLater(): void {
    const { firstPauseMs, longestPauseMs, stableMs } = this.#timing
    if (performance.now() - this.#bornAtMs > stableMs) this.#failuresInRow = 0
    const pauseMs = Math.min(firstPauseMs * 2 ** this.#failuresInRow, longestPauseMs)
    this.#failuresInRow++
    this.#timer = setTimeout(() => {
      this.#restarts++
      this.#spawn()
    }, pauseMs)
  }
}
