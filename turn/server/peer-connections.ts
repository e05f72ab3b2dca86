import type { FiveTuple, TransportAddress } from '../protocol/transport-address.ts'
import type { Allocation } from './allocation.ts'
import { Deadlines } from './deadlines.ts'
import type { Limits } from './limits.ts'
import type { ConnectionId, PeerConnectionTask, StreamWay } from './peer-connection-io.ts'
import type { SignedRequest } from './request.ts'
import type { AllocationId, RandomSource } from './turn-io.ts'

const connectDeadlineMs = 30_000 // RFC 6062 §5.2: at least 30 s
const joinDeadlineMs = 30_000 // RFC 6062 §5.2, §5.3
const ways = ['fromClient', 'toClient'] as const

/** How a connection came about: asked for by Connect and under way, there and waiting for its ConnectionBind, or joined. */
type Stage = 'opening' | 'waiting' | 'joined'

/** A way that is paused. */
type Pause = Readonly<{ connection: PeerConnection; way: StreamWay }>

/** A TCP connection between a relayed address and a peer. */
export type PeerConnection = {
  readonly id: ConnectionId
  readonly allocation: Allocation
  readonly peer: TransportAddress
  /** The Connect request that began it; undefined when the peer did. */
  readonly connect: SignedRequest | undefined
  stage: Stage
  readonly pauses: Map<StreamWay, Pause>
}

/** What {@link PeerConnections} works with. */
export type PeerConnectionsOptions = Readonly<{
  limits: Pick<Limits, 'peerConnections' | 'peerConnectionsPerAllocation'>
  random: RandomSource
  emit: (task: PeerConnectionTask) => void
}>

/** Every TCP connection with a peer; the only code that adds, moves on or ends one. */
export class PeerConnections {
  readonly #options: PeerConnectionsOptions
  readonly #byId = new Map<number, PeerConnection>()
  readonly #byAllocation = new Map<AllocationId, Set<PeerConnection>>()
  readonly #deadlines = new Deadlines<PeerConnection | Pause>()

  constructor(options: PeerConnectionsOptions) {
    this.#options = options
  }

  /** How many there are. */
  get size(): number {
    return this.#byId.size
  }

  /** When something is due next, in monotonic ms; undefined when nothing is. */
  next(): number | undefined {
    return this.#deadlines.next()
  }

  /** The connection with this id; undefined when it is gone. */
  byId(id: number): PeerConnection | undefined {
    return this.#byId.get(id)
  }

  /** An allocation's connection with a peer; undefined when there is none. */
  between({ id }: Allocation, peer: TransportAddress): PeerConnection | undefined {
    for (const connection of this.#byAllocation.get(id) ?? []) {
      const { ip, port } = connection.peer
      if (ip === peer.ip && port === peer.port) return connection
    }
    return undefined
  }

  /** Whether an allocation may have one more. */
  hasRoom({ id }: Allocation): boolean {
    const { peerConnections, peerConnectionsPerAllocation } = this.#options.limits
    const own = this.#byAllocation.get(id)?.size ?? 0
    return own < peerConnectionsPerAllocation && this.#byId.size < peerConnections
  }

  /** Connects to a peer; the request is answered when that came to something. */
  open(allocation: Allocation, peer: TransportAddress, connect: SignedRequest): void {
    const connection = this.#add({ allocation, peer, connect, stage: 'opening' })
    this.#deadlines.set(connection, connect.now.monotonicMs + connectDeadlineMs)
    const { id } = connection
    this.#options.emit({ name: 'open', allocation: allocation.id, connection: id, peer })
  }

  /** Keeps the connection of a peer that came by itself, until it is joined. */
  admit(allocation: Allocation, peer: TransportAddress, nowMs: number): PeerConnection {
    const connection = this.#add({ allocation, peer, connect: undefined, stage: 'waiting' })
    this.#deadlines.set(connection, nowMs + joinDeadlineMs)
    this.#options.emit({ name: 'admit', connection: connection.id, peer })
    return connection
  }

  /** Waits for the ConnectionBind of a connection that came about. */
  opened(connection: PeerConnection, nowMs: number): void {
    connection.stage = 'waiting'
    this.#deadlines.set(connection, nowMs + joinDeadlineMs)
  }

  /** Reserves a waiting connection for the client that is about to be joined with it. */
  bind(connection: PeerConnection): void {
    connection.stage = 'joined'
    this.#deadlines.delete(connection)
  }

  /** Lets data flow between the client's stream and the peer's. */
  join(connection: PeerConnection, client: FiveTuple): void {
    if (this.#byId.get(connection.id) !== connection) return
    this.#options.emit({ name: 'join', connection: connection.id, client })
    if (connection.allocation.blocked) for (const way of ways) this.#pause(connection, way)
  }

  /** Slows a way down whose allocation has spent more than its budget, or may relay nothing at all. */
  spend(connection: PeerConnection, way: StreamWay, bytes: number, nowMs: number): void {
    const { allocation } = connection
    const waitMs = allocation[way].budget?.spend(bytes, nowMs) ?? 0
    if (allocation.blocked) this.#pause(connection, way)
    else if (waitMs > 0) this.#pause(connection, way, nowMs + waitMs)
  }

  /** Lets an allocation's data flow again that may be relayed again. */
  unblock({ id }: Allocation): void {
    for (const { pauses } of this.#byAllocation.get(id) ?? []) {
      for (const pause of [...pauses.values()]) this.#resume(pause)
    }
  }

  /** Forgets a connection that has ended. */
  remove(connection: PeerConnection): void {
    const { id, allocation, pauses } = connection
    this.#byId.delete(id)
    const own = this.#byAllocation.get(allocation.id)
    own?.delete(connection)
    if (own?.size === 0) this.#byAllocation.delete(allocation.id)
    this.#deadlines.delete(connection)
    for (const pause of pauses.values()) this.#deadlines.delete(pause)
  }

  /** Ends a connection. */
  close(connection: PeerConnection): void {
    this.remove(connection)
    this.#options.emit({ name: 'close', connection: connection.id })
  }

  /** Ends the connections of an allocation. */
  closeOf({ id }: Allocation): void {
    for (const connection of [...(this.#byAllocation.get(id) ?? [])]) this.close(connection)
  }

  /** Ends the connections that are no longer allowed. */
  review(isAllowed: (connection: PeerConnection) => boolean): void {
    for (const connection of [...this.#byId.values()]) {
      if (!isAllowed(connection)) this.close(connection)
    }
  }

  /** Resumes and ends what is due; returns the Connect requests that nothing came of. */
  expire(nowMs: number): readonly SignedRequest[] {
    const failed: SignedRequest[] = []
    for (;;) {
      const due = this.#deadlines.takeDue(nowMs)
      if (!due) return failed
      if ('way' in due) this.#resume(due)
      else {
        if (due.stage === 'opening' && due.connect) failed.push(due.connect)
        this.close(due)
      }
    }
  }

  /** Whether all indexes hold the same connections, each of a living allocation; for tests. */
  indexesAgree(isAlive: (id: AllocationId) => boolean): boolean {
    const all = [...this.#byId.values()]
    const owned = [...this.#byAllocation.values()].flatMap((own) => [...own])
    const unjoined = all.filter(({ stage }) => stage !== 'joined').length
    const paused = all.reduce((sum, { pauses }) => sum + pauses.size, 0)
    return (
      owned.length === all.length &&
      owned.every((one) => this.#byId.get(one.id) === one && isAlive(one.allocation.id)) &&
      this.#deadlines.size >= unjoined &&
      this.#deadlines.size <= unjoined + paused
    )
  }

  #add(start: Omit<PeerConnection, 'id' | 'pauses'>): PeerConnection {
    const connection: PeerConnection = { ...start, id: this.#newId(), pauses: new Map() }
    const { id: owner } = connection.allocation
    const own = this.#byAllocation.get(owner) ?? new Set()
    this.#byAllocation.set(owner, own.add(connection))
    this.#byId.set(connection.id, connection)
    return connection
  }

  /** One that nobody can guess. */
  #newId(): ConnectionId {
    for (;;) {
      const id = this.#options.random.bytes(4).reduce((sum, byte) => sum * 256 + byte, 0)
      if (!this.#byId.has(id)) return id as ConnectionId
    }
  }

  #pause(connection: PeerConnection, way: StreamWay, untilMs?: number): void {
    const known = connection.pauses.get(way)
    const pause = known ?? { connection, way }
    connection.pauses.set(way, pause)
    if (untilMs === undefined) this.#deadlines.delete(pause)
    else this.#deadlines.set(pause, untilMs)
    if (!known) this.#options.emit({ name: 'pause', connection: connection.id, way })
  }

  #resume({ connection, way }: Pause): void {
    if (connection.allocation.blocked) return
    const pause = connection.pauses.get(way)
    if (pause) this.#deadlines.delete(pause)
    connection.pauses.delete(way)
    this.#options.emit({ name: 'resume', connection: connection.id, way })
  }
}
