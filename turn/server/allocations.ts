import { type FiveTuple, fiveTupleKey } from '../protocol/transport-address.ts'
import type { Allocation } from './allocation.ts'
import type { AllocationId } from './turn-io.ts'

/** Every index of allocations; the only code that adds or removes one. */
export class Allocations {
  readonly #byId = new Map<AllocationId, Allocation>()
  readonly #byFiveTuple = new Map<string, Allocation>()
  readonly #byTransport = { udp: 0, tcp: 0, tls: 0 }

  /** How many there are, those waiting for their relay socket included. */
  get size(): number {
    return this.#byId.size
  }

  /** How many there are by the client's transport. */
  get byTransport(): Readonly<{ udp: number; tcp: number; tls: number }> {
    return { ...this.#byTransport }
  }

  /** Adds one; throws when its id or five-tuple is taken, which the caller has to rule out. */
  add(allocation: Allocation): void {
    const key = fiveTupleKey(allocation.client)
    if (this.#byId.has(allocation.id) || this.#byFiveTuple.has(key)) {
      throw new Error('an allocation must have its own id and five-tuple')
    }
    this.#byId.set(allocation.id, allocation)
    this.#byFiveTuple.set(key, allocation)
    this.#byTransport[allocation.client.transport]++
  }

  /** Removes one; throws when it is not there. */
  remove(allocation: Allocation): void {
    if (!this.#byId.delete(allocation.id)) throw new Error('only a known allocation can be removed')
    this.#byFiveTuple.delete(fiveTupleKey(allocation.client))
    this.#byTransport[allocation.client.transport]--
  }

  /** The allocation of a client's five-tuple; undefined when it has none. */
  of(client: FiveTuple): Allocation | undefined {
    return this.#byFiveTuple.get(fiveTupleKey(client))
  }

  /** The allocation with this id; undefined when it is gone. */
  byId(id: AllocationId): Allocation | undefined {
    return this.#byId.get(id)
  }

  /** All of them, oldest first. */
  values(): Iterable<Allocation> {
    return this.#byId.values()
  }

  /** Whether all indexes hold the same allocations; for tests. */
  indexesAgree(): boolean {
    const { udp, tcp, tls } = this.#byTransport
    if (this.#byFiveTuple.size !== this.#byId.size || udp + tcp + tls !== this.#byId.size) {
      return false
    }
    return [...this.#byId.values()].every((a) => this.of(a.client) === a && a.indexesAgree())
  }
}
