import type { AlertChannel } from '#api'
import { messageOf } from '../errors.ts'
import { type Channel, ChannelFault } from './channels/channel.ts'
import type { AlertMessage } from './message.ts'

/** How a message fared; `detail` is a few words without anything secret. */
export type Outcome = Readonly<{ ok: boolean; detail: string }>

/** What an outbox needs of its surroundings. */
export type OutboxDeps = Readonly<{
  log: Readonly<{
    info: (fields: object, message: string) => void
    warn: (fields: object, message: string) => void
  }>
  /** Unix milliseconds. */
  now: () => number
  /** Runs work later; returns how to call that off. */
  after: (delayMs: number, work: () => void) => () => void
}>

/** How long it is waited before each further try; after the last the message is given up. */
const RETRY_AFTER_MS = [5000, 30_000, 120_000, 600_000]

/** Messages that wait at most; each holds whatever changed within a moment. */
const MAX_WAITING = 20

type Waiting = Readonly<{ message: AlertMessage; settle: (outcome: Outcome) => void }>

/** Brings messages to one channel, in order, again and again while it cannot take them. */
export class Outbox {
  readonly #channel: Channel
  readonly #deps: OutboxDeps
  readonly #waiting: Waiting[] = []
  #last: AlertChannel['last']
  #isSending = false
  readonly #closed = new AbortController()
  #wake: () => void = () => {}

  constructor(channel: Channel, deps: OutboxDeps) {
    this.#channel = channel
    this.#deps = deps
  }

  /** The channel as the page shows it. */
  state(): AlertChannel {
    const { name, kind, target } = this.#channel
    return { name, kind, target, last: this.#last }
  }

  /** Takes a message; resolves when it was taken by the other side or given up. */
  send(message: AlertMessage): Promise<Outcome> {
    return new Promise((settle) => {
      if (this.#closed.signal.aborted)
        return settle({ ok: false, detail: 'the server is stopping' })
      if (this.#waiting.length >= MAX_WAITING) {
        this.#waiting.splice(1, 1)[0]?.settle({ ok: false, detail: 'too many messages wait' })
      }
      this.#waiting.push({ message, settle })
      if (!this.#isSending) void this.#sendAll()
    })
  }

  /** Tries once, whatever waits. */
  async try(message: AlertMessage): Promise<Outcome> {
    return (await this.#attempt(message)).outcome
  }

  /** Gives up what waits and what is under way. */
  close(): void {
    this.#closed.abort()
    this.#wake()
    for (const { settle } of this.#waiting.splice(0)) {
      settle({ ok: false, detail: 'the server is stopping' })
    }
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const outcome = await this.#sendOne(next.message)
      if (this.#waiting[0] === next) this.#waiting.shift()
      next.settle(outcome)
    }
    this.#isSending = false
  }

  async #sendOne(message: AlertMessage): Promise<Outcome> {
    for (const delayMs of [...RETRY_AFTER_MS, undefined]) {
      const { outcome, isFinal } = await this.#attempt(message)
      if (outcome.ok || isFinal || delayMs === undefined || this.#closed.signal.aborted)
        return outcome
      await this.#wait(delayMs)
    }
    throw new Error('the last try has no delay after it')
  }

  async #attempt(message: AlertMessage): Promise<Readonly<{ outcome: Outcome; isFinal: boolean }>> {
    const { name, target } = this.#channel
    const { log, now } = this.#deps
    try {
      const detail = await this.#channel.send(message, this.#closed.signal)
      this.#last = { atMs: now(), ok: true, detail }
      log.info({ channel: name, target }, 'an alert message was sent')
      return { outcome: { ok: true, detail }, isFinal: true }
    } catch (error) {
      // Whatever else an error says may hold the address, and that is a secret.
      const known = error instanceof ChannelFault
      const reason = known ? messageOf(error) : 'it could not be sent'
      this.#last = { atMs: now(), ok: false, detail: reason }
      log.warn({ channel: name, target, reason }, 'an alert message was not taken')
      return { outcome: { ok: false, detail: reason }, isFinal: !known || error.isFinal }
    }
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const callOff = this.#deps.after(delayMs, resolve)
      this.#wake = () => {
        callOff()
        resolve()
      }
    })
  }
}
