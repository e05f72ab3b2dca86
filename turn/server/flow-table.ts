import type { ChannelNumber } from '../protocol/channel-data.ts'
import { parseIp } from '../protocol/ip-address.ts'
import type { Family, TransportAddress } from '../protocol/transport-address.ts'
import type { Allocation } from './allocation.ts'
import { Deadlines } from './deadlines.ts'
import type { ChannelBinding, Flow, FlowListener, Permission } from './flow.ts'

const permissionLifetimeMs = 300_000 // RFC 8656 §9
const channelLifetimeMs = 600_000 // RFC 8656 §12

/** Every permission and channel binding of all allocations; the only code that adds, renews or ends one. */
export class FlowTable {
  readonly #deadlines = new Deadlines<Flow>()
  readonly #owners = new Map<Flow, Allocation>()
  readonly #listener: FlowListener | undefined

  constructor(listener: FlowListener | undefined) {
    this.#listener = listener
  }

  /** How many rows there are. */
  get size(): number {
    return this.#owners.size
  }

  /** When the next row ends, in monotonic ms; undefined when there is none. */
  next(): number | undefined {
    return this.#deadlines.next()
  }

  /** All rows. */
  rows(): Iterable<Flow> {
    return this.#owners.keys()
  }

  /** Installs or renews the permission for a peer's IP; the allocation must have a relayed address of its family. */
  permit(
    allocation: Allocation,
    peer: Readonly<{ ip: string; family: Family }>,
    { anyPort, nowMs }: Readonly<{ anyPort: boolean; nowMs: number }>,
  ): void {
    const expiresAtMs = nowMs + permissionLifetimeMs
    const known = allocation.permissionFor(peer.ip, nowMs)
    if (known) {
      known.anyPort = anyPort
      this.#renew(known, expiresAtMs)
    } else {
      const ends = flowEnds(allocation, peer, expiresAtMs)
      const ipBytes = parseIp(peer.ip) ?? new Uint8Array(0)
      const permission: Permission = { kind: 'permission', ...ends, anyPort, ipBytes }
      this.#add(allocation, permission)
    }
  }

  /** Binds or renews a channel; the caller has checked that neither side is bound elsewhere. */
  bindChannel(
    allocation: Allocation,
    channel: ChannelNumber,
    { peer, nowMs }: Readonly<{ peer: TransportAddress; nowMs: number }>,
  ): void {
    const expiresAtMs = nowMs + channelLifetimeMs
    const known = allocation.bindingOf(channel, nowMs)
    if (known) this.#renew(known, expiresAtMs)
    else {
      const ends = flowEnds(allocation, peer, expiresAtMs)
      const binding: ChannelBinding = { kind: 'channel', ...ends, channel, peer }
      this.#add(allocation, binding)
    }
  }

  /** Ends the rows that have lived their time. */
  expire(nowMs: number): void {
    for (;;) {
      const due = this.#deadlines.takeDue(nowMs)
      if (!due) return
      this.remove(due)
    }
  }

  /** Opens all ports of a permission's peer, or those alone that the policy admits. */
  openPorts(permission: Permission, anyPort: boolean): void {
    if (permission.anyPort === anyPort) return
    permission.anyPort = anyPort
    this.#listener?.('changed', permission)
  }

  /** Ends one row. */
  remove(flow: Flow): void {
    const owner = this.#owners.get(flow)
    if (!owner) throw new Error('only a known flow can be removed')
    this.#owners.delete(flow)
    this.#deadlines.delete(flow)
    owner.removeFlow(flow)
    this.#listener?.('removed', flow)
  }

  /** Ends the rows of an allocation, all or those of one IP version. */
  removeOf(allocation: Allocation, family?: Family): void {
    for (const flow of allocation.flows()) {
      if (family === undefined || flow.relayed.family === family) this.remove(flow)
    }
  }

  #add(allocation: Allocation, flow: Flow): void {
    this.#owners.set(flow, allocation)
    this.#deadlines.set(flow, flow.expiresAtMs)
    allocation.addFlow(flow)
    this.#listener?.('added', flow)
  }

  #renew(flow: Flow, expiresAtMs: number): void {
    flow.expiresAtMs = expiresAtMs
    this.#deadlines.set(flow, expiresAtMs)
    this.#listener?.('changed', flow)
  }
}

function flowEnds(
  allocation: Allocation,
  { ip, family }: Readonly<{ ip: string; family: Family }>,
  expiresAtMs: number,
) {
  const relayed = allocation.relayedIn(family)
  if (!relayed) throw new Error('a flow needs a relayed address of its family')
  return { allocation: allocation.id, client: allocation.client, relayed, ip, expiresAtMs }
}
