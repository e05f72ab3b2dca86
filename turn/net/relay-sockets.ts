import { TurnError } from '../errors.ts'
import type { Family, TransportAddress } from '../protocol/transport-address.ts'
import type { PlaceAnswer, Places } from '../server/quotas.ts'
import type {
  AllocationId,
  BindRelay,
  MissingRelay,
  RelayFault,
  RelayUser,
} from '../server/turn-io.ts'
import type { Unreached } from './kernel/error-queue.ts'
import type { KernelSockets } from './kernel/kernel-sockets.ts'
import type { Log } from './log.ts'
import { type PeerAlias, PeerAliases } from './peer-aliases.ts'
import { RelayPorts } from './relay-ports.ts'
import { type BoundRelaySocket, bindRelaySocket } from './relay-socket.ts'
import { ReservedPorts } from './reserved-ports.ts'
import { SendErrors } from './send-errors.ts'
import { bindUdpSocket, createUdpSocket } from './udp-socket.ts'

/** Where relay sockets are bound and what clients are told instead, per IP version. */
export type RelayAddress = Readonly<{ family: Family; ip: string; announcedIp: string }>

/** What relay sockets need and tell. */
export type RelaySocketsOptions = Readonly<{
  addresses: readonly RelayAddress[]
  portMin: number
  portMax: number
  peerAliases: readonly PeerAlias[]
  /** Who counts relay sockets and reserved ports. */
  places: Places
  log: Log
  onBound: (
    allocation: AllocationId,
    relayed: readonly TransportAddress[],
    missing?: MissingRelay,
  ) => void
  onFailed: (allocation: AllocationId, fault: RelayFault) => void
  onDatagram: (allocation: AllocationId, peer: TransportAddress, bytes: Uint8Array) => void
  /** Sockets for clients that want to send with the DF bit; such clients are told of ICMP too. */
  kernel?: KernelSockets | undefined
  onUnreached?: (allocation: AllocationId, unreached: Unreached) => void
}>

type Relay = BoundRelaySocket &
  Readonly<{
    /** Undefined where nothing but the count of failures is wanted. */
    onSent: ((error: Error | null) => void) | undefined
    port: number
    ports: RelayPorts
    user: RelayUser
  }>
/** The sockets of one allocation by IP version; two when it is a dual one. */
type Relays = { 4?: Relay; 6?: Relay }
type Site = Readonly<{ address: RelayAddress; ports: RelayPorts }>

const mostTries = 256
/** What a refusal of the ledger is to the engine. */
export const placeFaults: Readonly<Record<Exclude<PlaceAnswer, 'taken'>, RelayFault>> = {
  userFull: 'allocationQuotaReached',
  userOverVolume: 'allocationQuotaReached',
  addressFull: 'allocationQuotaReached',
  serverFull: 'insufficientCapacity',
}

/** The relay sockets of each allocation. */
export class RelaySockets {
  readonly #options: RelaySocketsOptions
  readonly #sites: ReadonlyMap<Family, Site>
  readonly #aliases: PeerAliases
  readonly #relays = new Map<AllocationId, Relays>()
  readonly #opening = new Set<AllocationId>()
  readonly #reserved: ReservedPorts
  readonly #errors = new SendErrors()

  constructor(options: RelaySocketsOptions) {
    this.#options = options
    this.#aliases = new PeerAliases(options.peerAliases)
    this.#reserved = new ReservedPorts(options.places)
    const { portMin, portMax } = options
    this.#sites = new Map(
      options.addresses.map((address) => [
        address.family,
        { address, ports: new RelayPorts(portMin, portMax) },
      ]),
    )
  }

  /** Makes sure that the relay addresses can be bound; throws a TurnError when one cannot. */
  async check(): Promise<void> {
    for (const { address } of this.#sites.values()) {
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
    return this.#errors.count
  }

  /** Takes places, binds sockets and tells the outcome; a `close` meanwhile wins. */
  async open(request: BindRelay): Promise<void> {
    const { allocation, families, reserveNext } = request
    this.#opening.add(allocation)
    this.#releaseReserved(request)
    const places = families.length + (reserveNext ? 1 : 0)
    const answer = await this.#options.places.take({ ...userOf(request), places })
    if (answer !== 'taken') {
      if (this.#opening.delete(allocation)) this.#options.onFailed(allocation, placeFaults[answer])
      return
    }
    const relayed: TransportAddress[] = []
    for (const family of families) {
      const address = await this.#bindAny(request, family)
      if (address) relayed.push(address)
    }
    const wanted = this.#opening.delete(allocation)
    this.#releaseUnused(request, relayed.length)
    if (!wanted) this.close(allocation)
    else this.#tell(request, relayed)
  }

  /** Sends a datagram to a peer, if wanted with the DF bit; a failure is counted, as a lost packet would not be noticed either. */
  send(
    allocation: AllocationId,
    peer: TransportAddress,
    { bytes, dontFragment }: Readonly<{ bytes: Uint8Array; dontFragment?: true }>,
  ): void {
    const to = this.#aliases.localOf(peer)
    const relay = this.#relays.get(allocation)?.[to.family]
    if (!relay) return
    if (!dontFragment || !relay.kernel)
      relay.socket.send(bytes, to.port, to.ip, relay.onSent ?? this.#errors.next())
    else if (!relay.kernel.sendUnfragmented(to, bytes)) {
      this.#errors.note(new Error('not sent in one piece'))
      this.#tellUnreached(allocation, relay.kernel.takeUnreached(to))
    }
  }

  /** Closes an allocation's socket of one IP version or all, bound or being bound; the ports are free again. */
  close(allocation: AllocationId, family?: Family): void {
    if (family === undefined) this.#opening.delete(allocation)
    const relays = this.#relays.get(allocation)
    if (!relays) return
    const families: readonly Family[] = family ? [family] : [4, 6]
    for (const one of families) {
      const relay = relays[one]
      if (!relay) continue
      delete relays[one]
      relay.ports.release(relay.port)
      relay.kernel?.abandon()
      relay.socket.close()
      this.#options.places.release({ ...relay.user, places: 1 })
    }
    if (!relays[4] && !relays[6]) this.#relays.delete(allocation)
  }

  /** Closes all sockets. */
  closeAll(): void {
    this.#opening.clear()
    for (const allocation of [...this.#relays.keys()]) this.close(allocation)
    this.#reserved.releaseAll()
  }

  #tell(request: BindRelay, relayed: readonly TransportAddress[]): void {
    const { allocation, families } = request
    const fault: RelayFault = 'insufficientCapacity'
    const missing = families.find((family) => relayed.every((one) => one.family !== family))
    if (relayed.length === 0) this.#options.onFailed(allocation, fault)
    else if (missing) this.#options.onBound(allocation, relayed, { family: missing, fault })
    else this.#options.onBound(allocation, relayed)
  }

  /** A claimed port was kept out of use until its reservation ends, here or by another engine that shares the range. */
  #releaseReserved({ port, families, userId }: BindRelay): void {
    const [family] = families
    const site = family && this.#sites.get(family)
    if (site && typeof port === 'number') this.#reserved.release(site.ports, port, userId)
  }

  /** Gives back what was taken for sockets that could not be bound, and for a port that is not reserved then. */
  #releaseUnused(request: BindRelay, bound: number): void {
    const { families, reserveNext } = request
    const unreserved = reserveNext && bound === 0 ? 1 : 0
    const places = families.length - bound + unreserved
    if (places > 0) this.#options.places.release({ ...userOf(request), places })
  }

  async #bindAny(request: BindRelay, family: Family): Promise<TransportAddress | undefined> {
    const site = this.#sites.get(family)
    if (!site) throw new Error('the engine asks only for families it was given')
    let tries = 0
    for (const port of candidates(request, site.ports)) {
      tries++
      if (tries > mostTries || !this.#opening.has(request.allocation)) return undefined
      const bound = await this.#bindOne(request, site, port)
      if (bound === 'exhausted') return undefined
      if (bound === 'bound') return { family, ip: site.address.announcedIp, port }
    }
    return undefined
  }

  async #bindOne(
    request: BindRelay,
    { address, ports }: Site,
    port: number,
  ): Promise<'bound' | 'taken' | 'exhausted'> {
    const { dontFragment, allocation } = request
    const bound = await this.#bindSocket(address, ports, { port, dontFragment })
    if (typeof bound === 'string') return bound
    const user = userOf(request)
    if (request.reserveNext && !(await this.#reserve(user, { address, ports }, port + 1))) {
      ports.release(port)
      bound.socket.close()
      return 'taken'
    }
    const onSent = this.#listen(bound, allocation, address.family)
    const relays = this.#relays.get(allocation) ?? {}
    relays[address.family] = { ...bound, onSent, port, ports, user }
    this.#relays.set(allocation, relays)
    return 'bound'
  }

  /** Keeps a port out of use if it can be bound just now. */
  async #reserve(user: RelayUser, { address, ports }: Site, port: number): Promise<boolean> {
    const probe = await this.#bindSocket(address, ports, { port, dontFragment: false })
    if (typeof probe === 'string') return false
    probe.socket.close()
    this.#reserved.add(ports, port, user)
    return true
  }

  async #bindSocket(
    { family, ip }: RelayAddress,
    ports: RelayPorts,
    { port, dontFragment }: Readonly<{ port: number; dontFragment: boolean }>,
  ): Promise<BoundRelaySocket | 'taken' | 'exhausted'> {
    ports.take(port)
    try {
      const kernel = dontFragment ? this.#options.kernel : undefined
      return await bindRelaySocket({ family, ip, port }, kernel)
    } catch (error) {
      ports.release(port)
      if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return 'taken'
      this.#options.log.warn({ err: error, ip, port }, 'no relay socket')
      return 'exhausted'
    }
  }

  /** Takes in what arrives; returns what to call when a datagram was sent or not, if anything. */
  #listen(
    { socket, kernel }: BoundRelaySocket,
    allocation: AllocationId,
    family: Family,
  ): Relay['onSent'] {
    const { onDatagram, log } = this.#options
    // An error stays in the queue, and wakes the event loop, until it is taken out.
    const takeUnreached = (): void => {
      if (kernel) this.#tellUnreached(allocation, kernel.takeUnreached())
    }
    socket.on('error', (error) => {
      log.debug({ err: error, allocation }, 'relay socket error')
      takeUnreached()
    })
    socket.on('message', (bytes, { address: ip, port }) => {
      onDatagram(allocation, this.#aliases.announcedOf({ family, ip, port }), bytes)
    })
    if (!kernel) return undefined
    return (error) => {
      this.#errors.note(error)
      if (error) takeUnreached()
    }
  }

  #tellUnreached(allocation: AllocationId, unreached: readonly Unreached[]): void {
    for (const { peer, icmp } of unreached) {
      this.#options.onUnreached?.(allocation, { peer: this.#aliases.announcedOf(peer), icmp })
    }
  }
}

function userOf({ userId, clientIp }: BindRelay): RelayUser {
  return { userId, clientIp }
}

function candidates({ port, reserveNext }: BindRelay, ports: RelayPorts): Iterable<number> {
  if (typeof port === 'number') return ports.isTaken(port) ? [] : [port]
  return ports.candidates({ even: port === 'even', pair: reserveNext })
}
