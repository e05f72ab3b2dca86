import type { Family, FiveTuple, TransportAddress } from '../protocol/transport-address.ts'
import type { Allocation } from './allocation.ts'
import type { AllocationId } from './turn-io.ts'

type OfPort = Map<number, Allocation[]>

/** Every index of allocations; the only code that adds or removes one. */
export class Allocations {
  readonly #byId = new Map<AllocationId, Allocation>()
  /** By the client's IP and port, in two steps because a joined key would be garbage on every packet; both may talk to several of our ports. */
  readonly #byClient = new Map<string, OfPort>()
  readonly #byTransport = { udp: 0, tcp: 0, tls: 0 }
  readonly #byFamily = { 4: 0, 6: 0 }

  /** How many there are, those waiting for their relay socket included. */
  get size(): number {
    return this.#byId.size
  }

  /** How many there are by the client's transport. */
  get byTransport(): Readonly<{ udp: number; tcp: number; tls: number }> {
    return { ...this.#byTransport }
  }

  /** How many relayed addresses there are by IP version. */
  get byFamily(): Readonly<{ 4: number; 6: number }> {
    return { ...this.#byFamily }
  }

  /** Adds one; throws when its id or five-tuple is taken, which the caller has to rule out. */
  add(allocation: Allocation): void {
    const { id, client: tuple } = allocation
    if (this.#byId.has(id) || this.of(tuple)) {
      throw new Error('an allocation must have its own id and five-tuple')
    }
    const { ip, port } = tuple.client
    const ofIp: OfPort = this.#byClient.get(ip) ?? new Map()
    this.#byClient.set(ip, ofIp)
    ofIp.set(port, [...(ofIp.get(port) ?? []), allocation])
    this.#byId.set(id, allocation)
    this.#byTransport[tuple.transport]++
  }

  /** Gives one a relayed address. */
  addRelayed(allocation: Allocation, relayed: TransportAddress, expiresAtMs: number): void {
    allocation.addRelayed(relayed, expiresAtMs)
    this.#byFamily[relayed.family]++
  }

  /** Takes away one's relayed address of an IP version. */
  removeRelayed(allocation: Allocation, family: Family): void {
    allocation.removeRelayed(family)
    this.#byFamily[family]--
  }

  /** Removes one; throws when it is not there. */
  remove(allocation: Allocation): void {
    const { id, client: tuple } = allocation
    if (!this.#byId.delete(id)) throw new Error('only a known allocation can be removed')
    const { ip, port } = tuple.client
    const ofIp = this.#byClient.get(ip)
    const others = (ofIp?.get(port) ?? []).filter((one) => one !== allocation)
    if (others.length > 0) ofIp?.set(port, others)
    else ofIp?.delete(port)
    if (ofIp?.size === 0) this.#byClient.delete(ip)
    this.#byTransport[tuple.transport]--
    for (const { family } of allocation.relayed) this.#byFamily[family]--
  }

  /** The allocation of a client's five-tuple; undefined when it has none. */
  of({ transport, client, server }: FiveTuple): Allocation | undefined {
    const candidates = this.#byClient.get(client.ip)?.get(client.port)
    if (!candidates) return undefined
    for (const candidate of candidates) {
      const { client: tuple } = candidate
      const sameServer = tuple.server.port === server.port && tuple.server.ip === server.ip
      if (sameServer && tuple.transport === transport) return candidate
    }
    return undefined
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
    const lists = [...this.#byClient.values()].flatMap((ofIp) => [...ofIp.values()])
    const relayed = [...this.#byId.values()].flatMap((one) => one.relayed)
    const counts = [lists.flat().length, udp + tcp + tls]
    if (counts.some((count) => count !== this.#byId.size)) return false
    if (this.#byFamily[4] + this.#byFamily[6] !== relayed.length) return false
    return [...this.#byId.values()].every((a) => this.of(a.client) === a && a.indexesAgree())
  }
}
