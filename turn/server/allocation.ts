import type { ChannelNumber } from '../protocol/channel-data.ts'
import type { Family, FiveTuple, TransportAddress } from '../protocol/transport-address.ts'
import type { ChannelBinding, Flow, Permission } from './flow.ts'
import type { LongTermKeys } from './known-user.ts'
import { RateBudget } from './rate-budget.ts'
import type { AllocationId, Now } from './turn-io.ts'

/** Whose an allocation is; the keys are kept so that it outlives the credential (RFC 8656 §5 binds an allocation to its credentials). */
export type Owner = Readonly<{ username: string; userId: string; keys: LongTermKeys }>

/** A relayed address and when it ends; the two of a dual allocation are refreshed together or apart (RFC 8656 §8.2). */
export type Relayed = { readonly address: TransportAddress; expiresAtMs: number }

/** Relayed payload of one direction so far, and how fast it may go on; undefined is as fast as it likes. */
export type Counted = { packets: number; bytes: number; budget: RateBudget | undefined }

/** What an allocation begins with; `bytesPerSecond` 0 is no limit. */
export type AllocationOptions = Readonly<{
  client: FiveTuple
  owner: Owner
  now: Now
  bytesPerSecond: number
  dontFragment: boolean
  relaysTcp: boolean
}>

const mostIcmpPerSecond = 10

/** What an allocation knows of one peer IP: the permission, and the bindings by port. */
type Peer = { permission: Permission | undefined; readonly channels: Map<number, ChannelBinding> }

/** One allocation: whose it is, how long it lives, whom it may talk to. Flows are added and removed by the flow table only. */
export class Allocation {
  readonly id: AllocationId
  readonly client: FiveTuple
  readonly owner: Owner
  /** Unix milliseconds. */
  readonly createdAtUnixMs: number
  readonly fromClient: Counted
  readonly toClient: Counted
  /** Whether its relay sockets can send with the DF bit. */
  readonly dontFragment: boolean
  /** Whether it has TCP connections with peers instead of datagrams (RFC 6062). */
  readonly relaysTcp: boolean
  /** How many ICMP messages of peers it may be told. */
  readonly icmpBudget: RateBudget
  /** Whether the owner is over its rate or volume. */
  blocked = false
  readonly #relayed: Relayed[] = []
  readonly #peers = new Map<string, Peer>()
  readonly #channels = new Map<ChannelNumber, ChannelBinding>()
  #permissions = 0
  #reportedBytes = 0

  constructor(id: AllocationId, options: AllocationOptions) {
    const { now, bytesPerSecond } = options
    const budget = () =>
      bytesPerSecond > 0 ? new RateBudget(bytesPerSecond, now.monotonicMs) : undefined
    this.id = id
    this.client = options.client
    this.owner = options.owner
    this.dontFragment = options.dontFragment
    this.relaysTcp = options.relaysTcp
    this.createdAtUnixMs = Math.round(now.unixSeconds * 1000)
    this.fromClient = { packets: 0, bytes: 0, budget: budget() }
    this.toClient = { packets: 0, bytes: 0, budget: budget() }
    this.icmpBudget = new RateBudget(mostIcmpPerSecond, now.monotonicMs)
  }

  /** Its relayed addresses: none while the relay socket is being bound, two for a dual allocation. */
  get relayed(): readonly TransportAddress[] {
    return this.#relayed.map(({ address }) => address)
  }

  /** Whether it has a relayed address. */
  get isBound(): boolean {
    return this.#relayed.length > 0
  }

  /** When its last relayed address ends, in monotonic ms. */
  get expiresAtMs(): number {
    return this.#relayed.reduce((last, { expiresAtMs }) => Math.max(last, expiresAtMs), 0)
  }

  /** When something of it ends next, in monotonic ms. */
  get nextExpiryMs(): number {
    return this.#relayed.reduce(
      (first, { expiresAtMs }) => Math.min(first, expiresAtMs),
      Number.POSITIVE_INFINITY,
    )
  }

  /** Relayed bytes of both ways since the last call. */
  takeUnreportedBytes(): number {
    const total = this.fromClient.bytes + this.toClient.bytes
    const bytes = total - this.#reportedBytes
    this.#reportedBytes = total
    return bytes
  }

  /** The relayed address of an IP version; undefined when it has none. */
  relayedIn(family: Family): TransportAddress | undefined {
    for (const { address } of this.#relayed) if (address.family === family) return address
    return undefined
  }

  /** Gives it a relayed address. */
  addRelayed(address: TransportAddress, expiresAtMs: number): void {
    this.#relayed.push({ address, expiresAtMs })
  }

  /** Prolongs its relayed address of one IP version, or all. */
  prolong(family: Family | undefined, expiresAtMs: number): void {
    for (const relayed of this.#relayed) {
      if (family === undefined || relayed.address.family === family) {
        relayed.expiresAtMs = expiresAtMs
      }
    }
  }

  /** Takes away the relayed address of an IP version; its flows are the caller's to end. */
  removeRelayed(family: Family): void {
    const index = this.#relayed.findIndex(({ address }) => address.family === family)
    if (index >= 0) this.#relayed.splice(index, 1)
  }

  /** IP versions whose relayed address has lived its time. */
  expiredFamilies(nowMs: number): readonly Family[] {
    return this.#relayed
      .filter(({ expiresAtMs }) => expiresAtMs <= nowMs)
      .map(({ address }) => address.family)
  }

  /** The live permission for a peer IP; undefined when there is none. */
  permissionFor(ip: string, nowMs: number): Permission | undefined {
    return live(this.#peers.get(ip)?.permission, nowMs)
  }

  /** The live binding of a channel number; undefined when there is none. */
  bindingOf(channel: ChannelNumber, nowMs: number): ChannelBinding | undefined {
    return live(this.#channels.get(channel), nowMs)
  }

  /** The live binding to a peer; undefined when there is none. */
  bindingTo(peer: TransportAddress, nowMs: number): ChannelBinding | undefined {
    return live(this.#peers.get(peer.ip)?.channels.get(peer.port), nowMs)
  }

  /** How many permissions it has. */
  get permissionCount(): number {
    return this.#permissions
  }

  /** How many channels are bound. */
  get channelCount(): number {
    return this.#channels.size
  }

  /** Every permission and channel binding. */
  flows(): readonly Flow[] {
    const permissions = [...this.#peers.values()].flatMap(({ permission }) => permission ?? [])
    return [...permissions, ...this.#channels.values()]
  }

  /** Adds a permission or binding whose place is free. */
  addFlow(flow: Flow): void {
    const peer = this.#peers.get(flow.ip) ?? { permission: undefined, channels: new Map() }
    this.#peers.set(flow.ip, peer)
    if (flow.kind === 'permission') {
      peer.permission = flow
      this.#permissions++
    } else {
      peer.channels.set(flow.peer.port, flow)
      this.#channels.set(flow.channel, flow)
    }
  }

  /** Removes a permission or binding it has. */
  removeFlow(flow: Flow): void {
    const peer = this.#peers.get(flow.ip)
    if (!peer) throw new Error('only a known flow can be removed')
    if (flow.kind === 'permission') {
      peer.permission = undefined
      this.#permissions--
    } else {
      peer.channels.delete(flow.peer.port)
      this.#channels.delete(flow.channel)
    }
    if (!peer.permission && peer.channels.size === 0) this.#peers.delete(flow.ip)
  }

  /** Whether all indexes of permissions and bindings hold the same; for tests. */
  indexesAgree(): boolean {
    let bindings = 0
    let permissions = 0
    for (const { permission, channels } of this.#peers.values()) {
      if (permission) permissions++
      for (const [port, binding] of channels) {
        bindings++
        const same = this.#channels.get(binding.channel) === binding
        if (!same || binding.peer.port !== port) return false
      }
    }
    return bindings === this.#channels.size && permissions === this.#permissions
  }
}

function live<F extends Flow>(flow: F | undefined, nowMs: number): F | undefined {
  return flow && flow.expiresAtMs > nowMs ? flow : undefined
}
