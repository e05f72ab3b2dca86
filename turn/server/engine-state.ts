import { connectionId } from '../protocol/attributes/connection-id.ts'
import { dontFragment } from '../protocol/attributes/dont-fragment.ts'
import type { Family } from '../protocol/transport-address.ts'
import type { Allocation } from './allocation.ts'
import { Allocations } from './allocations.ts'
import { Counters } from './counters.ts'
import { Deadlines } from './deadlines.ts'
import { type Denial, DeniedPeers, shortUserId } from './denied-peers.ts'
import type { FlowListener } from './flow.ts'
import { FlowTable } from './flow-table.ts'
import type { Limits } from './limits.ts'
import { PeerConnections } from './peer-connections.ts'
import type { PeerPolicy } from './peer-policy.ts'
import type { PendingAllocate } from './pending-allocate.ts'
import { Reservations } from './reservations.ts'
import type { AllocationId, DeletionReason, RandomSource, TurnOutput } from './turn-io.ts'
import type { Usage } from './user-budgets.ts'

/** What the engine is made with and all handlers share. */
export type EngineParts = Readonly<{
  limits: Limits
  peerPolicy: PeerPolicy
  random: RandomSource
  /** IP versions the shell can bind relay sockets in. */
  relayFamilies: readonly Family[]
  /** Whether the shell can send with the DF bit; else DONT-FRAGMENT is told 420. */
  canDontFragment?: boolean
  /** Whether the shell has TCP connections with peers (RFC 6062). */
  tcpRelays?: boolean
  /** Only the channel numbers of RFC 8656 §12; otherwise RFC 5766's too. */
  strictChannels?: boolean
  /** What nonces and reservation tokens are made with; random when absent. */
  nonceSecret?: Uint8Array
  /** The user who tries out what is refused: its refusals are neither listed, told nor counted. */
  selfTestUserId?: string
  /** Is told every change of permissions and channel bindings. */
  onFlow?: FlowListener
}>

/** The state that request handlers and the data path work on, and the ways it ends. */
export class EngineState {
  readonly parts: EngineParts
  readonly counters = new Counters()
  readonly allocations = new Allocations()
  readonly reservations: Reservations
  readonly flows: FlowTable
  readonly deniedPeers: DeniedPeers
  readonly peerConnections: PeerConnections
  readonly deadlines = new Deadlines<AllocationId>()
  /** Allocate requests that wait for their relay socket. */
  readonly pending = new Map<AllocationId, PendingAllocate>()
  /** Attributes that are treated as unknown (RFC 8656 §7.2: DONT-FRAGMENT where the shell cannot do it; RFC 6062 where it is off). */
  readonly notOffered: ReadonlySet<number>
  /** Users whose relayed data is dropped. */
  blockedUsers: ReadonlySet<string> = new Set()
  readonly #emit: (output: TurnOutput) => void
  #lastId = 0
  #usage = new Map<string, number>()

  constructor(parts: EngineParts, emit: (output: TurnOutput) => void) {
    this.parts = parts
    this.#emit = emit
    this.reservations = new Reservations(parts.nonceSecret ?? parts.random.bytes(32))
    this.flows = new FlowTable(parts.onFlow)
    this.notOffered = new Set([
      ...(parts.canDontFragment === true ? [] : [dontFragment.type]),
      ...(parts.tcpRelays === true ? [] : [connectionId.type]),
    ])
    this.peerConnections = new PeerConnections({
      limits: parts.limits,
      random: parts.random,
      emit: (task) => emit({ type: 'peerConnection', task }),
    })
    this.deniedPeers = new DeniedPeers(parts.peerPolicy)
  }

  /** An id never used before. */
  nextId(): AllocationId {
    this.#lastId++
    return `${this.#lastId}` as AllocationId
  }

  /** Tells the shell to do something. */
  emit(output: TurnOutput): void {
    this.#emit(output)
  }

  /** Notes a refused peer, and tells of it now and then. */
  denyPeer(denial: Denial, nowMs: number): void {
    if (denial.userId === this.parts.selfTestUserId) return
    const reason = this.deniedPeers.note(denial, nowMs)
    if (reason === undefined) return
    const { by, peer } = denial
    const { ip, port } = peer
    const userId = shortUserId(denial.userId)
    this.#emit({ type: 'event', event: { name: 'peerDenied', ip, port, reason, by, userId } })
  }

  /** Ends an allocation with everything it holds. */
  delete(allocation: Allocation, reason: DeletionReason): void {
    const { id, owner } = allocation
    this.#noteUsage(allocation)
    this.flows.removeOf(allocation)
    this.peerConnections.closeOf(allocation)
    this.allocations.remove(allocation)
    this.deadlines.delete(id)
    const waited = this.pending.delete(id)
    if (reason !== 'noRelay') this.#emit({ type: 'closeRelay', allocation: id })
    if (waited) return
    this.#emit({
      type: 'event',
      event: { name: 'allocationDeleted', allocation: id, userId: owner.userId, reason },
    })
  }

  /** Ends one relayed address of an allocation, and with the last one the allocation. */
  deleteFamily(allocation: Allocation, family: Family, reason: DeletionReason): void {
    if (allocation.relayed.every((address) => address.family === family)) {
      this.delete(allocation, reason)
      return
    }
    this.flows.removeOf(allocation, family)
    this.allocations.removeRelayed(allocation, family)
    this.deadlines.set(allocation.id, allocation.nextExpiryMs)
    this.#emit({ type: 'closeRelay', allocation: allocation.id, family })
  }

  /** Drops relayed data of these users from here on, and of nobody else. */
  blockUsers(userIds: ReadonlySet<string>): void {
    this.blockedUsers = userIds
    for (const allocation of this.allocations.values()) {
      const wasBlocked = allocation.blocked
      allocation.blocked = userIds.has(allocation.owner.userId)
      if (wasBlocked && !allocation.blocked) this.peerConnections.unblock(allocation)
    }
  }

  /** Relayed bytes by user id since the last call; kept for who asks only where a limit needs it. */
  takeUsage(): Usage {
    for (const allocation of this.allocations.values()) this.#noteUsage(allocation)
    const usage = this.#usage
    this.#usage = new Map()
    return usage
  }

  #noteUsage(allocation: Allocation): void {
    const { bytesPerSecondPerUser, bytesPerDayPerUser } = this.parts.limits
    if (bytesPerSecondPerUser === 0 && bytesPerDayPerUser === 0) return
    const bytes = allocation.takeUnreportedBytes()
    const { userId } = allocation.owner
    if (bytes > 0) this.#usage.set(userId, (this.#usage.get(userId) ?? 0) + bytes)
  }

  /** Ends what the peer policy does not allow any more. */
  reviewFlows(): void {
    const { peerPolicy } = this.parts
    this.deniedPeers.review()
    for (const flow of [...this.flows.rows()]) {
      const ports = peerPolicy.portsOf(flow.ip)
      const allowed = flow.kind === 'channel' ? peerPolicy.allows(flow.peer) : ports !== 'none'
      if (!allowed) this.flows.remove(flow)
      else if (flow.kind === 'permission') this.flows.openPorts(flow, ports === 'all')
    }
    this.peerConnections.review(({ connect, peer }) =>
      connect ? peerPolicy.verdictOverTcp(peer).allowed : peerPolicy.allows(peer),
    )
  }
}
