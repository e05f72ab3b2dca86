import type { Duplex } from 'node:stream'
import { TurnError } from '../errors.ts'
import type { FiveTuple } from '../protocol/transport-address.ts'
import { canonicalAddress } from './canonical-address.ts'
import type { TakenStream } from './joined-streams.ts'
import type { Log } from './log.ts'
import type { ProxyList } from './proxy-list.ts'
import { StreamClients, type StreamClientsEvents, type TcpLimits } from './stream-clients.ts'
import { StreamListener } from './stream-listener.ts'
import { checkKeyPair, type KeyPair, TlsHandshakes } from './tls-handshakes.ts'

/** An IP and a port. */
type Endpoint = Readonly<{ ip: string; port: number }>

/** What the ports for byte streams have in common. */
export type StreamPortsOptions = Readonly<{
  limits: TcpLimits
  log: Log
  /** What TLS ports show. */
  certificate?: KeyPair | undefined
  /** Proxies whose PROXY header is required and believed. */
  proxies?: ProxyList
  /** Shares the ports with other processes. */
  reusePort?: boolean
}>

/** Every way in for clients on byte streams: TCP ports, TLS ports, streams another server has accepted. */
export class StreamPorts {
  readonly #options: StreamPortsOptions
  readonly #clients: StreamClients
  readonly #listeners: StreamListener[] = []
  readonly #tls: TlsHandshakes | undefined

  /** Throws a TurnError for a certificate that cannot be used. */
  constructor(events: StreamClientsEvents, options: StreamPortsOptions) {
    this.#tls = options.certificate && new TlsHandshakes(options.certificate)
    this.#options = options
    this.#clients = new StreamClients(events, options.limits)
  }

  /** Messages dropped because their client does not read. */
  get droppedMessages(): number {
    return this.#clients.droppedMessages
  }

  /** The ports that are open. */
  listening(): readonly Readonly<{ transport: 'tcp' | 'tls'; ip: string; port: number }>[] {
    return this.#listeners.map(({ transport, address: { ip, port } }) => ({ transport, ip, port }))
  }

  /** Binds a port; throws a TurnError when it cannot. */
  async open(transport: 'tcp' | 'tls', at: Endpoint): Promise<void> {
    const { log, proxies, reusePort = false } = this.#options
    const common = { clients: this.#clients, log, proxies, reusePort }
    if (transport === 'tcp') {
      this.#listeners.push(await StreamListener.open(at, common))
      return
    }
    if (!this.#tls) throw new TurnError('TURN_BAD_OPTION', 'TURN over TLS needs a certificate')
    this.#listeners.push(await StreamListener.open(at, { ...common, tls: this.#tls }))
  }

  /** Serves a stream whose TLS another server has ended; destroys it when there is no place. */
  accept(stream: Duplex, at: Readonly<{ client: Endpoint; server: Endpoint }>): void {
    const client = canonicalAddress(at.client)
    if (!this.#clients.admit(stream, client.ip)) return
    this.#clients.serve(stream, {
      transport: 'tls',
      client,
      server: canonicalAddress(at.server),
    })
  }

  /** Shows another certificate from the next handshake on; throws a TurnError and keeps the old one when it cannot be used. */
  setCertificate(certificate: KeyPair): void {
    if (this.#tls) this.#tls.setCertificate(certificate)
    else checkKeyPair(certificate)
  }

  /** Sends one message; nothing happens when the connection is gone. */
  send(to: FiveTuple, bytes: Uint8Array): void {
    this.#clients.send(to, bytes)
  }

  /** Gives a client's stream away; undefined when it has hung up. */
  take(client: FiveTuple): TakenStream | undefined {
    return this.#clients.take(client)
  }

  /** Hangs up on one client when it has sent and got what is under way. */
  closeClient(client: FiveTuple): void {
    this.#clients.closeClient(client)
  }

  /** Stops listening and hangs up on everybody. */
  async close(): Promise<void> {
    const closed = this.#listeners.splice(0).map((listener) => listener.close())
    this.#clients.close()
    await Promise.all(closed)
  }
}
