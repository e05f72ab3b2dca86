import { once } from 'node:events'
import { createServer, type Server, Socket } from 'node:net'
import type { Family, TransportAddress } from '../protocol/transport-address.ts'
import type { ConnectionId, PeerConnectionTask } from '../server/peer-connection-io.ts'
import type { Places } from '../server/quotas.ts'
import type { AllocationId, BindRelay, RelayFault, RelayUser } from '../server/turn-io.ts'
import type { StreamSockets } from './kernel/stream-sockets.ts'
import type { Log } from './log.ts'
import { type PeerAlias, PeerAliases } from './peer-aliases.ts'
import { PeerStreams, type PeerStreamsEvents } from './peer-streams.ts'
import { RelayPorts } from './relay-ports.ts'
import { placeFaults, type RelayAddress } from './relay-sockets.ts'

/** What TCP relays need and tell. */
export type TcpRelaysOptions = PeerStreamsEvents &
  Readonly<{
    addresses: readonly RelayAddress[]
    portMin: number
    portMax: number
    peerAliases: readonly PeerAlias[]
    /** Who counts relay sockets. */
    places: Places
    sockets: StreamSockets
    log: Log
    onBound: (allocation: AllocationId, relayed: readonly TransportAddress[]) => void
    onFailed: (allocation: AllocationId, fault: RelayFault) => void
  }>

type Relay = Readonly<{
  server: Server
  address: RelayAddress
  port: number
  ports: RelayPorts
  user: RelayUser
}>

const mostTries = 256
const backlog = 16

/** The relayed TCP ports of allocations (RFC 6062): each listens for peers and is connected from. */
export class TcpRelays {
  readonly #options: TcpRelaysOptions
  readonly #ports: ReadonlyMap<Family, RelayPorts>
  readonly #aliases: PeerAliases
  readonly #relays = new Map<AllocationId, Relay>()
  readonly #opening = new Set<AllocationId>()
  /** Peers that came, while the engine decides. */
  readonly #arrived = new Map<TransportAddress, Socket>()
  readonly #streams: PeerStreams

  constructor(options: TcpRelaysOptions) {
    const { addresses, portMin, portMax } = options
    this.#options = options
    this.#aliases = new PeerAliases(options.peerAliases)
    this.#streams = new PeerStreams(options)
    this.#ports = new Map(addresses.map(({ family }) => [family, new RelayPorts(portMin, portMax)]))
  }

  /** Takes a place, binds a port and tells the outcome; a `close` meanwhile wins. */
  async open(request: BindRelay): Promise<void> {
    const { allocation, userId, clientIp } = request
    const { places, onBound, onFailed } = this.#options
    const user = { userId, clientIp }
    this.#opening.add(allocation)
    const answer = await places.take({ ...user, places: 1 })
    const relay = answer === 'taken' ? await this.#bindAny(request, user) : undefined
    if (answer === 'taken' && !relay) places.release({ ...user, places: 1 })
    const wanted = this.#opening.delete(allocation)
    if (relay) this.#relays.set(allocation, relay)
    if (!wanted) this.close(allocation)
    else if (relay) {
      const { family, announcedIp: ip } = relay.address
      onBound(allocation, [{ family, ip, port: relay.port }])
    } else onFailed(allocation, answer === 'taken' ? 'insufficientCapacity' : placeFaults[answer])
  }

  /** Closes an allocation's port, bound or being bound; its connections are closed one by one. */
  close(allocation: AllocationId): void {
    this.#opening.delete(allocation)
    const relay = this.#relays.get(allocation)
    if (!relay) return
    this.#relays.delete(allocation)
    relay.server.close()
    relay.ports.release(relay.port)
    this.#options.places.release({ ...relay.user, places: 1 })
  }

  /** Closes all ports and connections. */
  closeAll(): void {
    this.#opening.clear()
    for (const allocation of [...this.#relays.keys()]) this.close(allocation)
    this.#streams.closeAll()
  }

  /** Does what the engine wants done with a connection. */
  perform(task: PeerConnectionTask): void {
    const { connection } = task
    switch (task.name) {
      case 'open':
        this.#connect(task)
        return
      case 'admit':
        this.#admit(connection, task.peer)
        return
      case 'join':
        this.#streams.join(connection, task.client)
        return
      case 'pause':
        this.#streams.pause(connection, task.way)
        return
      case 'resume':
        this.#streams.resume(connection, task.way)
        return
      case 'close':
        this.#streams.close(connection)
    }
  }

  #connect({ allocation, connection, peer }: Extract<PeerConnectionTask, { name: 'open' }>): void {
    const { onNews, sockets, log } = this.#options
    const relay = this.#relays.get(allocation)
    if (!relay) throw new Error('only a bound allocation connects to peers')
    const to = this.#aliases.localOf(peer)
    try {
      const socket = unconnected(sockets.bindConnecting(localOf(relay)))
      this.#streams.add(connection, socket)
      socket.once('connect', () => onNews({ name: 'opened', connection }))
      socket.connect({ host: to.ip, port: to.port })
    } catch (error) {
      log.warn({ err: error, allocation }, 'no socket to connect to a peer')
      // The engine is told when it has finished with what it is doing.
      queueMicrotask(() => onNews({ name: 'notOpened', connection }))
    }
  }

  #admit(connection: ConnectionId, peer: TransportAddress): void {
    const socket = this.#arrived.get(peer)
    if (!socket) throw new Error('only a peer that came can be admitted')
    this.#arrived.delete(peer)
    this.#streams.add(connection, socket)
  }

  async #bindAny(request: BindRelay, user: RelayUser): Promise<Relay | undefined> {
    const [family] = request.families
    const address = this.#options.addresses.find((one) => one.family === family)
    const ports = family && this.#ports.get(family)
    if (!address || !ports) throw new Error('the engine asks only for families it was given')
    let tries = 0
    for (const port of ports.candidates({ even: false, pair: false })) {
      tries++
      if (tries > mostTries || !this.#opening.has(request.allocation)) return undefined
      const server = await this.#listen(request.allocation, address, port)
      if (server === 'exhausted') return undefined
      if (server === 'taken') continue
      ports.take(port)
      return { server, address, port, ports, user }
    }
    return undefined
  }

  async #listen(
    allocation: AllocationId,
    { family, ip }: RelayAddress,
    port: number,
  ): Promise<Server | 'taken' | 'exhausted'> {
    const { log, sockets } = this.#options
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) =>
      this.#arrive(allocation, family, socket),
    )
    try {
      const fd = sockets.bindListening({ family, ip, port })
      server.listen({ fd, exclusive: true, backlog })
      await once(server, 'listening')
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return 'taken'
      log.warn({ err: error, ip, port }, 'no TCP relay')
      return 'exhausted'
    }
    server.on('error', (error) => log.warn({ err: error, ip, port }, 'TCP relay failed'))
    return server
  }

  #arrive(allocation: AllocationId, family: Family, socket: Socket): void {
    socket.on('error', () => socket.destroy())
    const { remoteAddress: ip, remotePort: port } = socket
    // It may have hung up already.
    if (ip === undefined || port === undefined) {
      socket.destroy()
      return
    }
    const peer = this.#aliases.announcedOf({ family, ip, port })
    this.#arrived.set(peer, socket)
    this.#options.onNews({ name: 'arrived', allocation, peer })
    if (this.#arrived.delete(peer)) socket.destroy()
  }
}

function localOf({ address: { family, ip }, port }: Relay): TransportAddress {
  return { family, ip, port }
}

/** A socket that can still be connected; `manualStart` keeps Node from reading before that, which would fail. */
function unconnected(fd: number): Socket {
  const options = { fd, allowHalfOpen: true, readable: true, writable: true, manualStart: true }
  return new Socket(options).pause()
}
