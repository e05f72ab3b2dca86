import type { Duplex } from 'node:stream'
import { type FiveTuple, fiveTupleKey } from '../protocol/transport-address.ts'
import type { TakenStream } from './joined-streams.ts'
import { sourceOf } from './source-of.ts'
import { StreamConnection } from './stream-connection.ts'

/** What clients on byte streams may hold, and how long they may keep silent. */
export type TcpLimits = Readonly<{
  /** Beyond it a new one takes the place of one without an allocation, the oldest first. */
  connections: number
  /** Of one IPv4 address or one IPv6 /64, which is what one client has. */
  connectionsPerIp: number
  /** Connections whose PROXY header or TLS handshake is under way; beyond it the oldest is cut. */
  halfOpen: number
  /** How long a PROXY header and a TLS handshake may take together. */
  handshakeMs: number
  /** How long one without an allocation may send nothing whole. */
  idleMs: number
}>

const mostLooks = 256

/** Limits for one appliance; many participants may share one address behind a NAT. */
export const defaultTcpLimits: TcpLimits = {
  connections: 4096,
  connectionsPerIp: 256,
  halfOpen: 512,
  handshakeMs: 10_000,
  idleMs: 30_000,
}

/** What clients on byte streams tell and what is asked about them. */
export type StreamClientsEvents = Readonly<{
  onMessage: (from: FiveTuple, bytes: Uint8Array) => void
  onClose: (client: FiveTuple) => void
  hasAllocation: (client: FiveTuple) => boolean
}>

/** All clients on byte streams, whichever port they came in by: TCP, TLS or handed over by the web port. */
export class StreamClients {
  /** What each may hold. */
  readonly limits: TcpLimits
  readonly #events: StreamClientsEvents
  readonly #connections = new Map<FiveTuple, StreamConnection>()
  readonly #byName = new Map<string, FiveTuple>()
  readonly #perIp = new Map<string, number>()
  readonly #sweep: NodeJS.Timeout
  #places = 0
  #droppedMessages = 0
  #closed = false

  constructor(events: StreamClientsEvents, limits: TcpLimits) {
    this.#events = events
    this.limits = limits
    this.#sweep = setInterval(() => this.#closeIdle(), limits.idleMs).unref()
  }

  /** Messages dropped because their client does not read. */
  get droppedMessages(): number {
    return this.#droppedMessages
  }

  /** Takes a place for as long as the stream lives; destroys the stream and says false when there is none. */
  admit(stream: Duplex, ip: string): boolean {
    const { connections, connectionsPerIp } = this.limits
    const source = sourceOf(ip)
    const count = this.#perIp.get(source) ?? 0
    const isFull = this.#places >= connections
    if (this.#closed || count >= connectionsPerIp || (isFull && !this.#makeRoom())) {
      stream.on('error', () => stream.destroy())
      stream.destroy()
      return false
    }
    this.#places++
    this.#perIp.set(source, count + 1)
    stream.once('close', () => this.#free(source))
    return true
  }

  /** Talks TURN on an admitted stream. */
  serve(stream: Duplex, fiveTuple: FiveTuple): void {
    if (this.#closed || stream.destroyed) {
      stream.destroy()
      return
    }
    const name = fiveTupleKey(fiveTuple)
    // TCP has one connection of a name; behind a proxy the one before may not have been told of its end.
    this.#forget(this.#byName.get(name))?.destroy()
    const connection = new StreamConnection(stream, fiveTuple, {
      onMessage: this.#events.onMessage,
      onClose: () => this.#forget(fiveTuple),
      hasAllocation: () => this.#events.hasAllocation(fiveTuple),
      onDropped: () => {
        this.#droppedMessages++
      },
    })
    this.#connections.set(fiveTuple, connection)
    this.#byName.set(name, fiveTuple)
  }

  /** Sends one message; nothing happens when the connection is gone. */
  send(to: FiveTuple, bytes: Uint8Array): void {
    this.#connections.get(to)?.send(bytes)
  }

  /** Gives a client's stream away: it keeps its place, and is no client any more. Undefined when it has hung up. */
  take(client: FiveTuple): TakenStream | undefined {
    const connection = this.#connections.get(client)
    if (!connection || connection.isEnding) return undefined
    this.#connections.delete(client)
    this.#byName.delete(fiveTupleKey(client))
    return connection.detach()
  }

  /** Hangs up on one client. */
  closeClient(client: FiveTuple): void {
    this.#connections.get(client)?.end()
  }

  /** Hangs up on everybody, for good. */
  close(): void {
    this.#closed = true
    clearInterval(this.#sweep)
    for (const connection of this.#connections.values()) connection.destroy()
  }

  /** Hangs up on who came first of those without an allocation; false when none of the first some hundred is. */
  #makeRoom(): boolean {
    let looks = 0
    for (const [client, connection] of this.#connections) {
      if (!this.#events.hasAllocation(client)) {
        this.#forget(client)
        connection.destroy()
        return true
      }
      looks++
      if (looks === mostLooks) return false
      // Who has one goes to the end, so that the next look begins with others.
      this.#connections.delete(client)
      this.#connections.set(client, connection)
    }
    return false
  }

  #free(source: string): void {
    this.#places--
    const left = (this.#perIp.get(source) ?? 1) - 1
    if (left === 0) this.#perIp.delete(source)
    else this.#perIp.set(source, left)
  }

  #forget(client: FiveTuple | undefined): StreamConnection | undefined {
    const connection = client && this.#connections.get(client)
    if (!connection) return undefined
    this.#connections.delete(client)
    this.#byName.delete(fiveTupleKey(client))
    this.#events.onClose(client)
    return connection
  }

  #closeIdle(): void {
    for (const [client, connection] of this.#connections) {
      const active = connection.takeActivity()
      const isIdle = !active && !this.#events.hasAllocation(client)
      if (isIdle || connection.isEnding) connection.destroy()
    }
  }
}
