import type { Socket } from 'node:net'
import { StreamSplitter } from '../protocol/stream-splitter.ts'
import type { FiveTuple } from '../protocol/transport-address.ts'

const mostQueuedBytes = 256 * 1024

/** What a connection tells. */
export type TcpConnectionEvents = Readonly<{
  onMessage: (from: FiveTuple, bytes: Uint8Array) => void
  onClose: () => void
  /** A message was dropped because the client does not read. */
  onDropped: () => void
}>

/** One client on a byte stream. Messages to a client that does not read are dropped, not collected. */
export class TcpConnection {
  /** The same object for all messages of this connection. */
  readonly fiveTuple: FiveTuple
  readonly #socket: Socket
  readonly #splitter = new StreamSplitter()
  readonly #events: TcpConnectionEvents
  /** Whether a whole message came since the last look; half a message keeps nobody connected. */
  #active = true

  constructor(socket: Socket, fiveTuple: FiveTuple, events: TcpConnectionEvents) {
    this.#socket = socket
    this.fiveTuple = fiveTuple
    this.#events = events
    socket.setNoDelay(true)
    socket.on('data', (chunk: Uint8Array) => this.#receive(chunk))
    // An error is always followed by 'close', which ends the allocation.
    socket.on('error', () => socket.destroy())
    socket.on('close', events.onClose)
  }

  /** Whether a whole message came since this was asked last. */
  takeActivity(): boolean {
    const active = this.#active
    this.#active = false
    return active
  }

  /** Sends one message, or drops it when too much is still queued. */
  send(bytes: Uint8Array): void {
    if (this.#socket.writableLength > mostQueuedBytes) this.#events.onDropped()
    else if (this.#socket.writable) this.#socket.write(bytes)
  }

  /** Sends what is queued and hangs up. */
  end(): void {
    this.#socket.end()
    this.#socket.resume()
  }

  /** Hangs up at once. */
  destroy(): void {
    this.#socket.destroy()
  }

  #receive(chunk: Uint8Array): void {
    this.#splitter.push(chunk)
    for (;;) {
      const message = this.#splitter.next()
      if (message === 'more' || this.#socket.destroyed) return
      if (message === 'fault') {
        this.destroy()
        return
      }
      this.#active = true
      this.#events.onMessage(this.fiveTuple, message)
    }
  }
}
