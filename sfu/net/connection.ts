import type { RawData, WebSocket } from 'ws'
import type { Clock, Log } from '../room/ambient.ts'
import { type BucketLimits, TokenBucket } from '../room/token-bucket.ts'

/** Who takes what a connection brings. Structurally what a front door returns. */
export interface ConnectionHandler {
  received(bytes: Uint8Array): Promise<void>
  closed(): void
}

/** What one client may do to its connection, and how long it may be silent. */
export type ConnectionLimits = Readonly<{
  messages: BucketLimits
  bytes: BucketLimits
  /** Messages not yet dealt with, from which on no more are read. */
  waitingMessages: number
  /** Bytes that wait to be sent to a slow client, above which it is cut off. */
  unsentBytes: number
  heartbeatMs: number
  /** Without any sign of life for this long the client counts as gone. */
  silenceMs: number
}>

/** The limits unless told otherwise. */
export const defaultConnectionLimits: ConnectionLimits = {
  messages: { perSecond: 20, burst: 1_000 },
  bytes: { perSecond: 512 * 1024, burst: 4 * 1024 * 1024 },
  waitingMessages: 64,
  unsentBytes: 16 * 1024 * 1024,
  heartbeatMs: 5_000,
  silenceMs: 15_000,
}

/** What a connection needs. */
export type ConnectionOptions = Readonly<{ limits: ConnectionLimits; clock: Clock; log: Log }>

const policyViolation = 1008
const unsupportedData = 1003
const internalError = 1011

/**
 * One client's WebSocket: hands its messages on in order, bounds what waits in both directions and notices
 * its death. A bug while dealing with a message is caught here, and closes this connection only.
 */
export class Connection {
  readonly #socket: WebSocket
  readonly #options: ConnectionOptions
  readonly #rate: TokenBucket
  readonly #byteRate: TokenBucket
  #handler: ConnectionHandler | undefined
  #waiting = 0
  #lastSeenMs: number
  #cancelHeartbeat: () => void = () => undefined
  #closed = false

  constructor(socket: WebSocket, options: ConnectionOptions) {
    this.#socket = socket
    this.#options = options
    this.#rate = new TokenBucket(options.limits.messages, options.clock)
    this.#byteRate = new TokenBucket(options.limits.bytes, options.clock)
    this.#lastSeenMs = options.clock.nowMs()
  }

  /** Starts to read; `handler` is told of every message and, once, of the end. */
  start(handler: ConnectionHandler): void {
    this.#handler = handler
    this.#socket.on('message', (data, isBinary) => this.#received(data, isBinary))
    this.#socket.on('pong', () => this.#seen())
    this.#socket.on('ping', () => this.#seen())
    this.#socket.on('error', (error) => this.#options.log.debug({ err: error }, 'websocket error'))
    this.#socket.on('close', () => this.#ended())
    this.#beat()
  }

  /** Sends one binary message; a client that is too slow to take it is cut off, to connect anew. */
  send(bytes: Uint8Array): void {
    if (this.#closed || this.#socket.readyState !== this.#socket.OPEN) return
    if (this.#socket.bufferedAmount + bytes.length > this.#options.limits.unsentBytes) {
      this.#options.log.warn({ unsentBytes: this.#socket.bufferedAmount }, 'client too slow')
      this.#socket.terminate()
      return
    }
    this.#socket.send(bytes)
  }

  /** Closes after what was sent (RFC 6455 §7.4 for the code). */
  close(code: number, reason: string): void {
    this.#socket.close(code, reason)
  }

  #received(data: RawData, isBinary: boolean): void {
    this.#seen()
    if (this.#closed || this.#socket.readyState !== this.#socket.OPEN) return
    if (!isBinary) {
      this.close(unsupportedData, 'binary messages only')
      return
    }
    const bytes = toBytes(data)
    if (!this.#rate.take() || !this.#byteRate.take(bytes.length)) {
      this.#options.log.debug({}, 'client over its message rate')
      this.close(policyViolation, 'too many messages')
      return
    }
    this.#deal(bytes)
  }

  #deal(bytes: Uint8Array): void {
    this.#waiting += 1
    if (this.#waiting >= this.#options.limits.waitingMessages) this.#socket.pause()
    const done = () => {
      this.#waiting -= 1
      this.#socket.resume()
    }
    this.#handler?.received(bytes).then(done, (error: unknown) => {
      this.#options.log.error({ err: error, bytes: bytes.length }, 'message failed')
      this.close(internalError, 'internal error')
      done()
    })
  }

  #seen(): void {
    this.#lastSeenMs = this.#options.clock.nowMs()
  }

  #beat(): void {
    const { clock, limits } = this.#options
    this.#cancelHeartbeat = clock.after(limits.heartbeatMs, () => {
      if (clock.nowMs() - this.#lastSeenMs > limits.silenceMs) {
        this.#socket.terminate()
        return
      }
      if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping()
      this.#beat()
    })
  }

  #ended(): void {
    if (this.#closed) return
    this.#closed = true
    this.#cancelHeartbeat()
    this.#handler?.closed()
  }
}

function toBytes(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data)
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data
}
