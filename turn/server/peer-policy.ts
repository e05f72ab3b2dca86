import { formatIp, parseIp } from '../protocol/ip-address.ts'
import type { TransportAddress } from '../protocol/transport-address.ts'
import { type Cidr, isInCidr } from './cidr.ts'
import { embeddedIpv4 } from './embedded-ipv4.ts'
import { specialUseRanges } from './special-use.ts'

/** Which ports of an IP peers may have. */
export type AllowedPorts = 'all' | 'some' | 'none'

/** Whom clients may reach. A permission is for an IP and asks `portsOf`; where the port is known, `allows` decides. */
export interface PeerPolicy {
  portsOf(ip: string): AllowedPorts
  allows(peer: TransportAddress): boolean
}

/** What a policy follows; see {@link createPeerPolicy} for which rule wins. */
export type PeerRules = Readonly<{
  /** The appliance's media addresses, allowed exactly. */
  ownMedia: readonly Readonly<{ ip: string; port: number }>[]
  /** The appliance's IPs; of these only its media and its own relay ports can be peers. */
  ownIps: readonly string[]
  relayPorts: Readonly<{ min: number; max: number }>
  allowed: readonly Cidr[]
  denied: readonly Cidr[]
}>

/**
 * Creates the policy. The first rule that fits wins: own media is allowed; a denied range is not; an allowed range is;
 * special-use ranges are not; own IPs are allowed on relay ports only (both sides on this server); the rest is allowed.
 * An IPv6 address that leads to an IPv4 address is judged as both, and both have to pass.
 */
export function createPeerPolicy(rules: PeerRules): PeerPolicy {
  return new RuledPeerPolicy(rules)
}

class RuledPeerPolicy implements PeerPolicy {
  readonly #rules: PeerRules
  readonly #ownIps: ReadonlySet<string>
  readonly #mediaIps: ReadonlySet<string>
  readonly #media: ReadonlySet<string>

  constructor(rules: PeerRules) {
    this.#rules = rules
    this.#ownIps = new Set(rules.ownIps.map(canonical))
    this.#mediaIps = new Set(rules.ownMedia.map(({ ip }) => canonical(ip)))
    this.#media = new Set(rules.ownMedia.map(({ ip, port }) => `${canonical(ip)} ${port}`))
  }

  portsOf(ip: string): AllowedPorts {
    const general = this.#generalPortsOf(ip)
    return general === 'none' && this.#mediaIps.has(canonical(ip)) ? 'some' : general
  }

  allows({ ip, port }: TransportAddress): boolean {
    if (port === 0) return false
    if (this.#media.has(`${canonical(ip)} ${port}`)) return true
    const ports = this.#generalPortsOf(ip)
    if (ports !== 'some') return ports === 'all'
    const { min, max } = this.#rules.relayPorts
    return port >= min && port <= max
  }

  #generalPortsOf(text: string): AllowedPorts {
    const ip = parseIp(text)
    if (!ip) return 'none'
    const inner = embeddedIpv4(ip)
    const judged = [ip, ...(inner ? [inner] : [])].map((form) => this.#judge(form))
    if (judged.includes('none')) return 'none'
    return judged.includes('some') ? 'some' : 'all'
  }

  #judge(ip: Uint8Array): AllowedPorts {
    const within = (range: Cidr) => isInCidr(ip, range)
    if (this.#rules.denied.some(within)) return 'none'
    if (this.#rules.allowed.some(within)) return 'all'
    if (specialUseRanges.some(within)) return 'none'
    return this.#ownIps.has(formatIp(ip)) ? 'some' : 'all'
  }
}

function canonical(ip: string): string {
  const bytes = parseIp(ip)
  if (!bytes) return ip
  return formatIp(isMapped(bytes) ? bytes.subarray(12) : bytes)
}

function isMapped(ip: Uint8Array): boolean {
  return (
    ip.length === 16 && ip.subarray(0, 10).every((b) => b === 0) && ip[10] === 255 && ip[11] === 255
  )
}
