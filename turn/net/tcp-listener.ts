import { createServer, type Server, type Socket } from 'node:net'
import { listenError, TurnError } from '../errors.ts'
import { type FiveTuple, familyOf, type TransportAddress } from '../protocol/transport-address.ts'
import type { Log } from './log.ts'
import { TcpConnection } from './tcp-connection.ts'

/** How many connections a listener holds and how long one may say nothing without having an allocation. */
export type TcpLimits = Readonly<{ connections: number; connectionsPerIp: number; idleMs: number }>

/** Limits for one appliance; many participants may share one address behind a NAT. */
export const defaultTcpLimits: TcpLimits = {
  connections: 4096,
  connectionsPerIp: 256,
  idleMs: 30_000,
}

/** What a TCP listener tells and asks. */
export type TcpListenerEvents = Readonly<{
  onMessage: (from: FiveTuple, bytes: Uint8Array) => void
  onClose: (client: FiveTuple) => void
  hasAllocation: (client: FiveTuple) => boolean
}>

/** One TCP port clients talk to. */
export class TcpListener {
  readonly #server: Server
  readonly #events: TcpListenerEvents
  readonly #limits: TcpLimits
  readonly #connections = new Map<FiveTuple, TcpConnection>()
  readonly #perIp = new Map<string, number>()
  readonly #sweep: NodeJS.Timeout
  #address: TransportAddress | undefined
  #droppedMessages = 0

  private constructor(events: TcpListenerEvents, limits: TcpLimits) {
    this.#events = events
    this.#limits = limits
    this.#server = createServer((socket) => this.#accept(socket))
    this.#sweep = setInterval(() => this.#closeIdle(), limits.idleMs).unref()
  }

  /** Binds the port; throws a TurnError when it cannot. */
  static async open(
    at: Readonly<{ ip: string; port: number }>,
    events: TcpListenerEvents,
    { log, limits }: Readonly<{ log: Log; limits: TcpLimits }>,
  ): Promise<TcpListener> {
    const family = familyOf(at.ip)
    if (!family) throw new TurnError('TURN_BAD_OPTION', `cannot listen on ${at.ip}: not an IP`)
    const listener = new TcpListener(events, limits)
    try {
      listener.#address = { family, ip: at.ip, port: await listener.#bind(at, family === 6) }
    } catch (error) {
      clearInterval(listener.#sweep)
      throw listenError('tcp', at, error)
    }
    listener.#server.on('error', (error) => log.error({ err: error, ...at }, 'TCP listener failed'))
    return listener
  }

  /** The bound address. */
  get address(): TransportAddress {
    if (!this.#address) throw new Error('a listener has an address once it is open')
    return this.#address
  }

  /** Messages dropped because their client does not read. */
  get droppedMessages(): number {
    return this.#droppedMessages
  }

  /** Sends one message; nothing happens when the connection is gone. */
  send(to: FiveTuple, bytes: Uint8Array): void {
    this.#connections.get(to)?.send(bytes)
  }

  /** Hangs up on one client. */
  closeClient(client: FiveTuple): void {
    this.#connections.get(client)?.end()
  }

  /** Stops listening and hangs up on everybody. */
  close(): Promise<void> {
    clearInterval(this.#sweep)
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      for (const connection of this.#connections.values()) connection.destroy()
    })
  }

  #bind(at: Readonly<{ ip: string; port: number }>, ipv6Only: boolean): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ host: at.ip, port: at.port, ipv6Only, exclusive: true }, () => {
        this.#server.off('error', reject)
        const bound = this.#server.address()
        resolve(typeof bound === 'object' && bound ? bound.port : at.port)
      })
    })
  }

  #accept(socket: Socket): void {
    const fiveTuple = this.#fiveTupleOf(socket)
    const count = (fiveTuple && this.#perIp.get(fiveTuple.client.ip)) ?? 0
    const full = this.#connections.size >= this.#limits.connections
    if (!fiveTuple || full || count >= this.#limits.connectionsPerIp) {
      socket.on('error', () => socket.destroy())
      socket.destroy()
      return
    }
    const connection = new TcpConnection(socket, fiveTuple, {
      onMessage: this.#events.onMessage,
      onClose: () => this.#forget(fiveTuple),
      onDropped: () => {
        this.#droppedMessages++
      },
    })
    this.#connections.set(fiveTuple, connection)
    this.#perIp.set(fiveTuple.client.ip, count + 1)
  }

  /** Undefined when the client has hung up already. */
  #fiveTupleOf(socket: Socket): FiveTuple | undefined {
    const { remoteAddress: ip, remotePort: port } = socket
    const { address: server } = this
    if (ip === undefined || port === undefined) return undefined
    return { transport: 'tcp', client: { family: server.family, ip, port }, server }
  }

  #forget(client: FiveTuple): void {
    this.#connections.delete(client)
    const left = (this.#perIp.get(client.client.ip) ?? 1) - 1
    if (left === 0) this.#perIp.delete(client.client.ip)
    else this.#perIp.set(client.client.ip, left)
    this.#events.onClose(client)
  }

  #closeIdle(): void {
    for (const [client, connection] of this.#connections) {
      const active = connection.takeActivity()
      if (!active && !this.#events.hasAllocation(client)) connection.destroy()
    }
  }
}
