import type { Change } from '../protocol/attributes/change-request.ts'
import { type FiveTuple, familyOf, type TransportAddress } from '../protocol/transport-address.ts'

type Address = Readonly<{ ip: string; port: number }>

/** The four UDP addresses a server needs to show a client how its NAT behaves: two IPs, two ports on each (RFC 5780 §4). */
export class NatDiscovery {
  readonly #primary: Address
  readonly #alternate: Address

  constructor(primary: Address, alternate: Address) {
    this.#primary = primary
    this.#alternate = alternate
  }

  /** All four, the primary first. */
  addresses(): readonly Address[] {
    const { ip, port } = this.#alternate
    return [this.#primary, { ...this.#primary, port }, { ...this.#primary, ip }, this.#alternate]
  }

  /** Whether a request came to one of the four; elsewhere the attributes of RFC 5780 are unknown. */
  serves({ transport, server }: FiveTuple): boolean {
    if (transport !== 'udp') return false
    return this.addresses().some(({ ip, port }) => ip === server.ip && port === server.port)
  }

  /** The address that differs from one of the four as wished. */
  changed(from: TransportAddress, { ip, port }: Change): TransportAddress {
    return {
      family: familyOf(this.#primary.ip) ?? from.family,
      ip: ip ? this.#theOther('ip', from) : from.ip,
      port: port ? this.#theOther('port', from) : from.port,
    }
  }

  #theOther<K extends keyof Address>(part: K, { [part]: value }: Address): Address[K] {
    return value === this.#primary[part] ? this.#alternate[part] : this.#primary[part]
  }
}
