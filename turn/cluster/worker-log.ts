import type { Log } from '../net/log.ts'
import type { LogLevel } from './messages.ts'
import type { ParentChannel } from './parent-channel.ts'

const mostLinesASecond = 200

/** A worker's log: the parent writes it, with what it leaves out of every line. A flood is cut short and counted. */
export class WorkerLog implements Log {
  readonly #parent: ParentChannel
  readonly #debug: boolean
  readonly #nowMs: () => number
  #second = 0
  #lines = 0

  constructor(
    parent: ParentChannel,
    { debug, nowMs }: Readonly<{ debug: boolean; nowMs: () => number }>,
  ) {
    this.#parent = parent
    this.#debug = debug
    this.#nowMs = nowMs
  }

  debug(facts: object, message: string): void {
    if (this.#debug) this.#write('debug', facts, message)
  }

  info(facts: object, message: string): void {
    this.#write('info', facts, message)
  }

  warn(facts: object, message: string): void {
    this.#write('warn', facts, message)
  }

  error(facts: object, message: string): void {
    this.#write('error', facts, message)
  }

  #write(level: LogLevel, facts: object, message: string): void {
    const second = Math.floor(this.#nowMs() / 1000)
    if (second !== this.#second) this.#begin(second)
    this.#lines++
    if (this.#lines <= mostLinesASecond) this.#parent.send({ type: 'log', level, facts, message })
  }

  #begin(second: number): void {
    const lost = this.#lines - mostLinesASecond
    this.#second = second
    this.#lines = 0
    if (lost > 0) this.warn({ lost }, 'TURN worker had more to say than a log should hold')
  }
}
