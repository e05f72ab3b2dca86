import { formatIp, parseIp } from '../protocol/ip-address.ts'
import type { TransportAddress } from '../protocol/transport-address.ts'
import { type Cidr, isInCidr } from './cidr.ts'
import { embeddedIpv4s } from './embedded-ipv4.ts'
import { specialUseRanges } from './special-use.ts'

/** Which ports of an IP peers may have. */
export type AllowedPorts = 'all' | 'some' | 'none'

/**
 * Whom relays may reach: `open` is everybody but special-use ranges and this machine, `sfu-only` is own media and the
 * allowed ranges and nobody else.
 */
export type PolicyMode = 'open' | 'sfu-only'

/** What the policy says of a peer, and by which rule; the reason is stable, and made for an admin to read. */
export type Verdict = Readonly<{ allowed: boolean; reason: string }>

/** Whom clients may reach. A permission is for an IP and asks `portsOf`; where the port is known, `allows` decides. */
export interface PeerPolicy {
  portsOf(ip: string): AllowedPorts
  allows(peer: TransportAddress): boolean
  /** The same answers with their reason; without a port, whether any port of the IP may be a peer. */
  verdict(peer: Readonly<{ ip: string; port?: number }>): Verdict
  /** The verdict on connecting to a peer over TCP, which opens fewer ports: see {@link createPeerPolicy}. */
  verdictOverTcp(peer: Readonly<{ ip: string; port: number }>): Verdict
  /** Follows other rules from here on; permissions given under the old ones are the caller's to review. */
  replace(rules: PeerRules): void
}

/** What a policy follows; see {@link createPeerPolicy} for which rule wins. */
export type PeerRules = Readonly<{
  /** `open` when absent. */
  mode?: PolicyMode
  /** The appliance's media addresses, allowed exactly. */
  ownMedia: readonly Readonly<{ ip: string; port: number }>[]
  /** The appliance's IPs; of these only its media and its own relay ports can be peers. */
  ownIps: readonly string[]
  /** Of these the IPs that clients are told for relays: their relay ports may be peers though they be private. */
  relayIps?: readonly string[]
  relayPorts: Readonly<{ min: number; max: number }>
  allowed: readonly Cidr[]
  denied: readonly Cidr[]
}>

type Judged = Readonly<{ ports: AllowedPorts; reason: string }>

const mostRemembered = 8192
const firstFreePort = 1024
const webPorts: ReadonlySet<number> = new Set([80, 443])
const publicAddress = 'public address'
const ownPort = 'this machine, not a media port'

/**
 * Creates the policy. The first rule that fits wins: own media is allowed; a denied range is not; an allowed range is;
 * relay ports of the IPs that relays are announced with are, save in `sfu-only` (both sides on this server, also in a
 * private network); special-use ranges are not; in `sfu-only` nothing else is; other own IPs are allowed on relay ports
 * only; the rest is allowed. An IPv6 address that leads to IPv4 addresses is judged as all of them, and all have to pass.
 *
 * Over TCP (RFC 6062) ports below 1024 are not for relays, as mail, shells and the like would be; 80 and 443 of public
 * addresses are. Own media is no peer over TCP.
 */
export function createPeerPolicy(rules: PeerRules): PeerPolicy {
  return new RuledPeerPolicy(rules)
}

class RuledPeerPolicy implements PeerPolicy {
  #rules: PeerRules
  #ownIps: ReadonlySet<string> = new Set()
  #relayIps: ReadonlySet<string> = new Set()
  #mediaIps: ReadonlySet<string> = new Set()
  #media: ReadonlySet<string> = new Set()
  /** Answers of `allows`, which is asked for each packet to an IP of which only some ports are allowed. */
  readonly #answers = new Map<string, boolean>()

  constructor(rules: PeerRules) {
    this.#rules = rules
    this.replace(rules)
  }

  replace(rules: PeerRules): void {
    this.#rules = rules
    this.#ownIps = new Set(rules.ownIps.map(canonical))
    this.#relayIps = new Set(rules.relayIps?.map(canonical))
    this.#mediaIps = new Set(rules.ownMedia.map(({ ip }) => canonical(ip)))
    this.#media = new Set(rules.ownMedia.map(({ ip, port }) => `${canonical(ip)} ${port}`))
    this.#answers.clear()
  }

  portsOf(ip: string): AllowedPorts {
    const { ports } = this.#judgeAll(ip)
    return ports === 'none' && this.#mediaIps.has(canonical(ip)) ? 'some' : ports
  }

  allows(peer: TransportAddress): boolean {
    const key = `${peer.ip} ${peer.port}`
    const known = this.#answers.get(key)
    if (known !== undefined) return known
    const { allowed } = this.verdict(peer)
    if (this.#answers.size >= mostRemembered) this.#answers.clear()
    this.#answers.set(key, allowed)
    return allowed
  }

  verdict({ ip, port }: Readonly<{ ip: string; port?: number }>): Verdict {
    if (port === 0) return { allowed: false, reason: 'port 0' }
    const media = port === undefined ? this.#mediaIps.has(canonical(ip)) : this.#isMedia(ip, port)
    return media ? { allowed: true, reason: 'own media' } : this.#verdictOnOthers({ ip, port })
  }

  verdictOverTcp({ ip, port }: Readonly<{ ip: string; port: number }>): Verdict {
    // Own media is a UDP port: what listens on the same port over TCP is something else, such as our web pages.
    const verdict = this.#verdictOnOthers({ ip, port })
    const { allowed, reason } = verdict
    if (!allowed || port >= firstFreePort) return verdict
    if (webPorts.has(port) && reason === publicAddress) return verdict
    return {
      allowed: false,
      reason: `TCP to port ${port}: below 1024 only 80 and 443 of public addresses`,
    }
  }

  #verdictOnOthers({ ip, port }: Readonly<{ ip: string; port: number | undefined }>): Verdict {
    const { ports, reason } = this.#judgeAll(ip)
    if (ports !== 'some' || port === undefined) return { allowed: ports !== 'none', reason }
    const { min, max } = this.#rules.relayPorts
    if (port >= min && port <= max) return { allowed: true, reason: 'own relay port' }
    return { allowed: false, reason }
  }

  #isMedia(ip: string, port: number): boolean {
    return this.#media.has(`${canonical(ip)} ${port}`)
  }

  #judgeAll(text: string): Judged {
    const ip = parseIp(text)
    if (!ip) return { ports: 'none', reason: 'not an IP' }
    const whole = this.#judge(ip)
    const inner = embeddedIpv4s(ip).map((leadsTo) => {
      const { ports, reason } = this.#judge(leadsTo.ip)
      return { ports, reason: `leads to ${formatIp(leadsTo.ip)} (${leadsTo.by}): ${reason}` }
    })
    const judged = [...inner, whole]
    return (
      judged.find(({ ports }) => ports === 'none') ??
      judged.find(({ ports }) => ports === 'some') ??
      whole
    )
  }

  #judge(ip: Uint8Array): Judged {
    const { denied, allowed, mode = 'open' } = this.#rules
    const within = (range: Cidr): boolean => isInCidr(ip, range)
    const refused = denied.find(within)
    if (refused) {
      return { ports: 'none', reason: `denied by turn.denied_peers ${textOf(refused)}` }
    }
    const listed = allowed.find(within)
    if (listed) return { ports: 'all', reason: `allowed by turn.allowed_peers ${textOf(listed)}` }
    if (mode === 'open' && this.#relayIps.has(formatIp(ip)))
      return { ports: 'some', reason: ownPort }
    const own = this.#ownIps.has(formatIp(ip))
    const special = specialUseRanges.find(({ range }) => within(range))
    if (own && (special || mode === 'sfu-only')) return { ports: 'none', reason: ownPort }
    if (special) {
      return { ports: 'none', reason: `special-use: ${special.name} ${special.text}` }
    }
    if (mode === 'sfu-only') {
      return { ports: 'none', reason: 'sfu-only: not in turn.allowed_peers' }
    }
    return own ? { ports: 'some', reason: ownPort } : { ports: 'all', reason: publicAddress }
  }
}

function textOf({ network, prefixBits }: Cidr): string {
  const ip = formatIp(network)
  return prefixBits === network.length * 8 ? ip : `${ip}/${prefixBits}`
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
