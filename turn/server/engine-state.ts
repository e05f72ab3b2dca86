import type { Family } from '../protocol/transport-address.ts'
import type { Allocation } from './allocation.ts'
import { Allocations } from './allocations.ts'
import { Deadlines } from './deadlines.ts'
import { type Denial, DeniedPeers, shortUserId } from './denied-peers.ts'
import type { Limits } from './limits.ts'
import type { PeerPolicy } from './peer-policy.ts'
import type { PendingAllocate } from './pending-allocate.ts'
import { Quotas } from './quotas.ts'
import { Reservations } from './reservations.ts'
import type { AllocationId, DeletionReason, RandomSource, TurnOutput } from './turn-io.ts'

/** What the engine is made with and all handlers share. */
export type EngineParts = Readonly<{
  limits: Limits
  peerPolicy: PeerPolicy
  random: RandomSource
  /** IP versions the shell can bind relay sockets in. */
  relayFamilies: readonly Family[]
}>

/** The state that request handlers and the data path work on, and the ways it ends. */
export class EngineState {
  readonly parts: EngineParts
  readonly allocations = new Allocations()
  readonly reservations: Reservations
  readonly quotas: Quotas
  readonly deadlines = new Deadlines()
  /** Peers the policy refused lately. */
  readonly deniedPeers: DeniedPeers
  /** Allocate requests that wait for their relay socket. */
  readonly pending = new Map<AllocationId, PendingAllocate>()
  readonly #emit: (output: TurnOutput) => void
  #lastId = 0

  constructor(parts: EngineParts, emit: (output: TurnOutput) => void) {
    this.parts = parts
    this.#emit = emit
    this.deniedPeers = new DeniedPeers(parts.peerPolicy)
    this.reservations = new Reservations(parts.random)
    this.quotas = new Quotas(parts.limits.allocations, parts.limits.allocationsPerUser)
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

  /** Counts a refused peer, and tells of it when it is a new one. */
  denyPeer(denial: Denial, nowMs: number): void {
    const reason = this.deniedPeers.note(denial, nowMs)
    if (reason === undefined) return
    const { peer, by } = denial
    const userId = shortUserId(denial.userId)
    const facts = { ip: peer.ip, port: peer.port, reason, by, userId }
    this.#emit({ type: 'event', event: { name: 'peerDenied', ...facts } })
  }

  /** Ends an allocation with everything it holds. */
  delete(allocation: Allocation, reason: DeletionReason): void {
    const { id, owner } = allocation
    this.allocations.remove(allocation)
    this.deadlines.delete(id)
    this.quotas.release(owner.userId)
    const waiting = this.pending.get(id)
    if (waiting?.reserveNext) this.quotas.release(owner.userId)
    this.pending.delete(id)
    if (reason !== 'noRelay') this.#emit({ type: 'closeRelay', allocation: id })
    if (reason !== 'noRelay' && waiting?.reserveNext) {
      this.#emit({ type: 'closeRelay', allocation: waiting.reserveNext })
    }
    if (waiting) return
    this.#emit({
      type: 'event',
      event: { name: 'allocationDeleted', allocation: id, userId: owner.userId, reason },
    })
  }

  /** Ends a reservation nobody claimed. */
  expireReservation(id: AllocationId): void {
    const reservation = this.reservations.take(id)
    if (!reservation) return
    this.quotas.release(reservation.userId)
    this.#emit({ type: 'closeRelay', allocation: id })
  }
}
