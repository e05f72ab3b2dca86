import { addressKey, familyOf, type TransportAddress } from '../protocol/transport-address.ts'

/** An address clients are told, and where it really is on this side of a 1:1 NAT. */
export type PeerAlias = Readonly<{
  announced: Readonly<{ ip: string; port: number }>
  local: Readonly<{ ip: string; port: number }>
}>

/** Lets clients name the appliance's media by its announced address while the relay, inside the NAT, uses the local one. */
export class PeerAliases {
  readonly #toLocal = new Map<string, TransportAddress>()
  readonly #toAnnounced = new Map<string, TransportAddress>()

  constructor(aliases: readonly PeerAlias[]) {
    for (const { announced, local } of aliases) {
      const outside = { family: familyOf(announced.ip) ?? 4, ...announced }
      const inside = { family: familyOf(local.ip) ?? 4, ...local }
      this.#toLocal.set(addressKey(outside), inside)
      this.#toAnnounced.set(addressKey(inside), outside)
    }
  }

  /** Where to send what is meant for a peer. */
  localOf(peer: TransportAddress): TransportAddress {
    return this.#toLocal.size === 0 ? peer : (this.#toLocal.get(addressKey(peer)) ?? peer)
  }

  /** Whom to show as the sender. */
  announcedOf(peer: TransportAddress): TransportAddress {
    return this.#toAnnounced.size === 0 ? peer : (this.#toAnnounced.get(addressKey(peer)) ?? peer)
  }
}
