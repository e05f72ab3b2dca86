import { createServer, type Server, type Socket } from 'node:net'
import { listenError, TurnError } from '../errors.ts'
import { familyOf, type TransportAddress } from '../protocol/transport-address.ts'
import type { Log } from './log.ts'
import type { ProxyList } from './proxy-list.ts'
import { readProxyHeader } from './read-proxy-header.ts'
import type { StreamClients } from './stream-clients.ts'
import type { TlsHandshakes } from './tls-handshakes.ts'

/** What a TCP or TLS port works with. */
export type StreamListenerOptions = Readonly<{
  clients: StreamClients
  log: Log
  /** Makes it a TLS port. */
  tls?: TlsHandshakes
  /** Proxies whose header is required and believed. */
  proxies?: ProxyList | undefined
  /** Shares the port with other processes, which the kernel spreads clients over. */
  reusePort?: boolean
}>

/** One TCP or TLS port clients talk to. */
export class StreamListener {
  readonly #server: Server
  readonly #options: StreamListenerOptions
  readonly #halfOpen = new Map<Socket, NodeJS.Timeout>()
  #address: TransportAddress | undefined

  private constructor(options: StreamListenerOptions) {
    this.#options = options
    this.#server = createServer((socket) => this.#accept(socket))
  }

  /** Binds the port; throws a TurnError when it cannot. */
  static async open(
    at: Readonly<{ ip: string; port: number }>,
    options: StreamListenerOptions,
  ): Promise<StreamListener> {
    const family = familyOf(at.ip)
    if (!family) throw new TurnError('TURN_BAD_OPTION', `cannot listen on ${at.ip}: not an IP`)
    const listener = new StreamListener(options)
    const { transport } = listener
    try {
      listener.#address = { family, ip: at.ip, port: await listener.#bind(at, family === 6) }
    } catch (error) {
      throw listenError(transport, at, error)
    }
    listener.#server.on('error', (error) =>
      options.log.error({ err: error, transport, ...at }, 'listener failed'),
    )
    return listener
  }

  /** How clients of this port talk. */
  get transport(): 'tcp' | 'tls' {
    return this.#options.tls ? 'tls' : 'tcp'
  }

  /** The bound address. */
  get address(): TransportAddress {
    if (!this.#address) throw new Error('a listener has an address once it is open')
    return this.#address
  }

  /** Stops listening and hangs up on who has not come to say anything; clients belong to `StreamClients`. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      for (const socket of this.#halfOpen.keys()) socket.destroy()
    })
  }

  #bind(at: Readonly<{ ip: string; port: number }>, ipv6Only: boolean): Promise<number> {
    const { reusePort = false } = this.#options
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      const place = { host: at.ip, port: at.port, ipv6Only, exclusive: true, reusePort }
      this.#server.listen(place, () => {
        this.#server.off('error', reject)
        const bound = this.#server.address()
        resolve(typeof bound === 'object' && bound ? bound.port : at.port)
      })
    })
  }

  #accept(socket: Socket): void {
    socket.on('error', () => socket.destroy())
    const { remoteAddress: ip, remotePort: port } = socket
    // It may have hung up already.
    if (ip === undefined || port === undefined) {
      socket.destroy()
      return
    }
    const client = { family: this.address.family, ip, port }
    if (!this.#options.proxies?.(ip)) {
      this.#admit(socket, client, this.address)
      return
    }
    const { handshakeMs } = this.#options.clients.limits
    this.#holdHalfOpen(socket)
    readProxyHeader(socket, handshakeMs, (header) => {
      if (header === 'local') this.#admit(socket, client, this.address)
      else this.#admit(socket, header.source, header.destination)
    })
  }

  #admit(socket: Socket, client: TransportAddress, server: TransportAddress): void {
    const { clients, tls } = this.#options
    if (!clients.admit(socket, client.ip)) return
    if (!tls) {
      this.#settle(socket)
      clients.serve(socket, { transport: 'tcp', client, server })
      return
    }
    this.#holdHalfOpen(socket)
    tls.start(socket, (secure) => {
      this.#settle(socket)
      clients.serve(secure, { transport: 'tls', client, server })
    })
  }

  /** Gives a connection a little time to become a client, and less when there are many. */
  #holdHalfOpen(socket: Socket): void {
    if (this.#halfOpen.has(socket)) return
    const { halfOpen, handshakeMs } = this.#options.clients.limits
    const timer = setTimeout(() => socket.destroy(), handshakeMs).unref()
    this.#halfOpen.set(socket, timer)
    socket.once('close', () => this.#settle(socket))
    const [oldest] = this.#halfOpen.keys()
    if (this.#halfOpen.size > halfOpen) oldest?.destroy()
  }

  #settle(socket: Socket): void {
    clearTimeout(this.#halfOpen.get(socket))
    this.#halfOpen.delete(socket)
  }
}
