import type { ChannelNumber } from '../protocol/channel-data.ts'
import { addressKey, type FiveTuple, type TransportAddress } from '../protocol/transport-address.ts'
import type { LongTermKeys } from './known-user.ts'
import type { AllocationId } from './turn-io.ts'

/** A peer IP the client may exchange data with; `anyPort` is false where the policy admits only some ports of it. */
export type Permission = { readonly anyPort: boolean; expiresAtMs: number }

/** A channel number that stands for a peer. */
export type ChannelBinding = {
  readonly channel: ChannelNumber
  readonly peer: TransportAddress
  expiresAtMs: number
}

/** Whose an allocation is; the keys are kept so that it outlives the credential (RFC 8656 §5 binds an allocation to its credentials). */
export type Owner = Readonly<{ username: string; userId: string; keys: LongTermKeys }>

const permissionLifetimeMs = 300_000 // RFC 8656 §9
const channelLifetimeMs = 600_000 // RFC 8656 §12

/** One allocation: whose it is, how long it lives, whom it may talk to. Permissions and bindings expire when looked at. */
export class Allocation {
  readonly id: AllocationId
  readonly client: FiveTuple
  readonly owner: Owner
  /** Undefined while the relay socket is being bound. */
  relayed: TransportAddress | undefined
  expiresAtMs = 0
  readonly #permissions = new Map<string, Permission>()
  readonly #byChannel = new Map<ChannelNumber, ChannelBinding>()
  readonly #byPeer = new Map<string, ChannelBinding>()

  constructor(id: AllocationId, client: FiveTuple, owner: Owner) {
    this.id = id
    this.client = client
    this.owner = owner
  }

  /** The live permission for a peer IP; undefined when there is none. */
  permissionFor(ip: string, nowMs: number): Permission | undefined {
    const permission = this.#permissions.get(ip)
    return permission && permission.expiresAtMs > nowMs ? permission : undefined
  }

  /** Installs or renews the permission for a peer IP. */
  permit(ip: string, anyPort: boolean, nowMs: number): void {
    this.#permissions.set(ip, { anyPort, expiresAtMs: nowMs + permissionLifetimeMs })
  }

  /** How many permissions there would be with these IPs too. */
  permissionsWith(ips: ReadonlySet<string>, nowMs: number): number {
    dropExpired(this.#permissions, nowMs)
    let count = this.#permissions.size
    for (const ip of ips) if (!this.#permissions.has(ip)) count++
    return count
  }

  /** The live binding of a channel number; undefined when there is none. */
  bindingOf(channel: ChannelNumber, nowMs: number): ChannelBinding | undefined {
    return live(this.#byChannel.get(channel), nowMs)
  }

  /** The live binding to a peer; undefined when there is none. */
  bindingTo(peer: TransportAddress, nowMs: number): ChannelBinding | undefined {
    return live(this.#byPeer.get(addressKey(peer)), nowMs)
  }

  /** Binds or renews a channel; the caller has checked that neither side is bound elsewhere. */
  bindChannel(channel: ChannelNumber, peer: TransportAddress, nowMs: number): void {
    this.#forget(this.#byChannel.get(channel))
    this.#forget(this.#byPeer.get(addressKey(peer)))
    const binding = { channel, peer, expiresAtMs: nowMs + channelLifetimeMs }
    this.#byChannel.set(channel, binding)
    this.#byPeer.set(addressKey(peer), binding)
  }

  /** How many channels are bound. */
  channelCount(nowMs: number): number {
    for (const binding of this.#byChannel.values()) {
      if (binding.expiresAtMs <= nowMs) this.#forget(binding)
    }
    return this.#byChannel.size
  }

  /** Whether both channel indexes hold the same bindings; for tests. */
  indexesAgree(): boolean {
    if (this.#byChannel.size !== this.#byPeer.size) return false
    return [...this.#byPeer].every(
      ([key, binding]) =>
        addressKey(binding.peer) === key && this.#byChannel.get(binding.channel) === binding,
    )
  }

  #forget(binding: ChannelBinding | undefined): void {
    if (!binding) return
    this.#byChannel.delete(binding.channel)
    this.#byPeer.delete(addressKey(binding.peer))
  }
}

function live(binding: ChannelBinding | undefined, nowMs: number): ChannelBinding | undefined {
  return binding && binding.expiresAtMs > nowMs ? binding : undefined
}

function dropExpired(permissions: Map<string, Permission>, nowMs: number): void {
  for (const [ip, permission] of permissions) {
    if (permission.expiresAtMs <= nowMs) permissions.delete(ip)
  }
}
