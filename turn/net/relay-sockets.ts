import type { Socket } from 'node:dgram'
import { TurnError } from '../errors.ts'
import type { Family, TransportAddress } from '../protocol/transport-address.ts'
import type { AllocationId, BindRelay, RelayFault } from '../server/turn-io.ts'
import type { Log } from './log.ts'
import { type PeerAlias, PeerAliases } from './peer-aliases.ts'
import { RelayPorts } from './relay-ports.ts'
import { bindUdpSocket, createUdpSocket } from './udp-socket.ts'

/** Where relay sockets are bound and what clients are told instead, per IP version. */
export type RelayAddress = Readonly<{ family: Family; ip: string; announcedIp: string }>

/** What relay sockets need and tell. */
export type RelaySocketsOptions = Readonly<{
  addresses: readonly RelayAddress[]
  portMin: number
  portMax: number
  peerAliases: readonly PeerAlias[]
  log: Log
  onBound: (allocation: AllocationId, relayed: TransportAddress) => void
  onFailed: (allocation: AllocationId, fault: RelayFault) => void
  onDatagram: (allocation: AllocationId, peer: TransportAddress, bytes: Uint8Array) => void
}>

type Relay = { readonly socket: Socket; readonly port: number; readonly ports: RelayPorts }
type Place = Readonly<{ address: RelayAddress; ports: RelayPorts }>

const mostTries = 256

/** The relay socket of each allocation. */
export class RelaySockets {
  readonly #options: RelaySocketsOptions
  readonly #places: ReadonlyMap<Family, Place>
  readonly #aliases: PeerAliases
  readonly #relays = new Map<AllocationId, Relay>()
  readonly #binding = new Set<AllocationId>()
  #sendErrors = 0

  constructor(options: RelaySocketsOptions) {
    this.#options = options
    this.#aliases = new PeerAliases(options.peerAliases)
    const { portMin, portMax } = options
    this.#places = new Map(
      options.addresses.map((address) => [
        address.family,
        { address, ports: new RelayPorts(portMin, portMax) },
      ]),
    )
  }

  /** Makes sure that the relay addresses can be bound; throws a TurnError when one cannot. */
  async check(): Promise<void> {
    for (const { address } of this.#places.values()) {
      const probe = createUdpSocket(address.family, { buffers: false })
      await bindUdpSocket(probe, address.ip, 0).catch((error) => {
        const message = `relay address ${address.ip} cannot be bound on this machine`
        throw new TurnError('TURN_ADDRESS_NOT_AVAILABLE', message, error)
      })
      probe.close()
    }
  }

  /** Datagrams the operating system refused to send. */
  get sendErrors(): number {
    return this.#sendErrors
  }

  /** Binds a socket on a random port and tells the outcome; a `close` meanwhile wins. */
  async open(request: BindRelay): Promise<void> {
    const { allocation, reserveNext } = request
    const place = this.#places.get(request.family)
    if (!place) throw new Error('the engine asks only for families it was given')
    this.#binding.add(allocation)
    const port = await this.#bindAny(request, place)
    const stillWanted = this.#binding.delete(allocation)
    if (!stillWanted) {
      this.close(allocation)
      if (reserveNext) this.close(reserveNext)
    } else if (port === undefined) this.#options.onFailed(allocation, 'insufficientCapacity')
    else {
      const { family, announcedIp: ip } = place.address
      this.#options.onBound(allocation, { family, ip, port })
    }
  }

  /** Sends a datagram to a peer; a failure is counted, as a lost packet would not be noticed either. */
  send(allocation: AllocationId, peer: TransportAddress, bytes: Uint8Array): void {
    const { port, ip } = this.#aliases.localOf(peer)
    this.#relays.get(allocation)?.socket.send(bytes, port, ip, this.#countError)
  }

  /** Closes an allocation's socket, bound or being bound; its port is free again. */
  close(allocation: AllocationId): void {
    this.#binding.delete(allocation)
    const relay = this.#relays.get(allocation)
    if (!relay) return
    this.#relays.delete(allocation)
    relay.ports.release(relay.port)
    relay.socket.close()
  }

  /** Closes all sockets. */
  closeAll(): void {
    this.#binding.clear()
    for (const allocation of [...this.#relays.keys()]) this.close(allocation)
  }

  async #bindAny(request: BindRelay, { address, ports }: Place): Promise<number | undefined> {
    const pair = request.reserveNext !== undefined
    let tries = 0
    for (const port of ports.candidates({ even: request.port === 'even', pair })) {
      tries++
      if (tries > mostTries || !this.#binding.has(request.allocation)) return undefined
      const bound = await this.#bindOne(request.allocation, { address, ports }, port)
      if (bound === 'exhausted') return undefined
      if (bound === 'taken') continue
      if (!request.reserveNext) return port
      const next = await this.#bindOne(request.reserveNext, { address, ports }, port + 1)
      if (next === 'bound') return port
      this.#discard(request.allocation)
    }
    return undefined
  }

  async #bindOne(
    allocation: AllocationId,
    { address, ports }: Place,
    port: number,
  ): Promise<'bound' | 'taken' | 'exhausted'> {
    const { family } = address
    ports.take(port)
    try {
      const socket = createUdpSocket(family, { buffers: false })
      await bindUdpSocket(socket, address.ip, port)
      this.#relays.set(allocation, { socket, port, ports })
      this.#listen(socket, allocation, family)
      return 'bound'
    } catch (error) {
      ports.release(port)
      if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return 'taken'
      this.#options.log.warn({ err: error, ip: address.ip, port }, 'no relay socket')
      return 'exhausted'
    }
  }

  #discard(allocation: AllocationId): void {
    const wanted = this.#binding.has(allocation)
    this.close(allocation)
    if (wanted) this.#binding.add(allocation)
  }

  #listen(socket: Socket, allocation: AllocationId, family: Family): void {
    const { onDatagram, log } = this.#options
    socket.on('error', (error) => log.debug({ err: error, allocation }, 'relay socket error'))
    socket.on('message', (bytes, { address: ip, port }) => {
      onDatagram(allocation, this.#aliases.announcedOf({ family, ip, port }), bytes)
    })
  }

  readonly #countError = (error: Error | null): void => {
    if (error) this.#sendErrors++
  }
}
