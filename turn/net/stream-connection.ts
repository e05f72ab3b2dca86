import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { StreamSplitter } from '../protocol/stream-splitter.ts'
import type { FiveTuple } from '../protocol/transport-address.ts'
import type { TakenStream } from './joined-streams.ts'

const mostQueuedBytes = 256 * 1024
/** Any request fits; data, which may be longer, is for clients with an allocation. */
const longestOfStranger = 4096

/** What a connection tells. */
export type StreamConnectionEvents = Readonly<{
  onMessage: (from: FiveTuple, bytes: Uint8Array) => void
  onClose: () => void
  hasAllocation: () => boolean
  /** A message was dropped because the client does not read. */
  onDropped: () => void
}>

/**
 * One client on a byte stream, plain or decrypted. Messages to a client that does not read are dropped, not collected.
 * Over TCP what is sent while a write is under way goes out as one; over TLS each message is a record of its own.
 */
export class StreamConnection {
  /** The same object for all messages of this connection. */
  readonly fiveTuple: FiveTuple
  readonly #stream: Duplex
  readonly #splitter = new StreamSplitter()
  readonly #events: StreamConnectionEvents
  /** Whether a whole message came since the last look; half a message keeps nobody connected. */
  #active = true
  #ending = false
  #detached = false

  constructor(stream: Duplex, fiveTuple: FiveTuple, events: StreamConnectionEvents) {
    this.#stream = stream
    this.fiveTuple = fiveTuple
    this.#events = events
    if (stream instanceof Socket) stream.setNoDelay(true)
    // Some clients read one record and take it for one message, coturn's own test tool among them: what follows in it is
    // lost. Without `_writev` a stream writes its queue piece by piece, and TLS makes a record of each.
    if (fiveTuple.transport === 'tls') Object.assign(stream, { _writev: null })
    // An error is always followed by 'close', which ends the allocation.
    stream.on('error', () => stream.destroy())
    stream.on('close', events.onClose)
    stream.on('end', this.#onEnd)
    stream.on('data', this.#onData)
  }

  /** Whether a whole message came since this was asked last. */
  takeActivity(): boolean {
    const active = this.#active
    this.#active = false
    return active
  }

  /** Whether one side has hung up, so that only what was queued is still to go. */
  get isEnding(): boolean {
    return this.#ending
  }

  /** Sends one message, or drops it when too much is still queued. */
  send(bytes: Uint8Array): void {
    if (this.#stream.writableLength > mostQueuedBytes) {
      this.#events.onDropped()
      return
    }
    if (this.#stream.writable) this.#stream.write(bytes)
  }

  /** Sends what is queued and hangs up. */
  end(): void {
    this.#ending = true
    this.#stream.end()
    this.#stream.resume()
  }

  /** Lets go of the stream, which carries something else from here on; it is paused, and what came after the last message is handed over. */
  detach(): TakenStream {
    const stream = this.#stream
    this.#detached = true
    stream.off('close', this.#events.onClose)
    stream.off('end', this.#onEnd)
    stream.off('data', this.#onData)
    stream.pause()
    return { stream, rest: this.#splitter.rest() }
  }

  /** Hangs up at once. */
  destroy(): void {
    this.#stream.destroy()
  }

  readonly #onEnd = (): void => this.end()
  readonly #onData = (chunk: Uint8Array): void => this.#receive(chunk)

  #receive(chunk: Uint8Array): void {
    this.#splitter.push(chunk)
    for (;;) {
      const message = this.#splitter.next()
      if (message === 'fault' || (message === 'more' && this.#holdsTooMuch())) {
        this.destroy()
        return
      }
      if (message === 'more' || this.#stream.destroyed) return
      this.#active = true
      this.#events.onMessage(this.fiveTuple, message)
      if (this.#detached) return
    }
  }

  #holdsTooMuch(): boolean {
    return this.#splitter.held > longestOfStranger && !this.#events.hasAllocation()
  }
}
