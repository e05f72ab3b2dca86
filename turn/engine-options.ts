import { TurnError } from './errors.ts'
import type { Log } from './net/log.ts'
import type { PeerAlias } from './net/peer-aliases.ts'
import type { RelayAddress } from './net/relay-sockets.ts'
import type { TcpLimits } from './net/stream-clients.ts'
import { opaqueString } from './protocol/opaque-string.ts'
import { familyOf } from './protocol/transport-address.ts'
import { type Cidr, parseCidr } from './server/cidr.ts'
import type { CredentialSources } from './server/credentials.ts'
import type { Limits } from './server/limits.ts'
import { createPeerPolicy, type PeerPolicy, type PeerRules } from './server/peer-policy.ts'
import { userFault } from './server/static-users.ts'

/** An IP and a port. */
export type Endpoint = Readonly<{ ip: string; port: number }>

/** What a TURN engine is made of. Addresses are IPs, never names. */
export type TurnEngineOptions = Readonly<{
  /** Ports clients talk to; port 0 takes a free one, see `listening()`. */
  listen: Readonly<{
    udp: readonly Endpoint[]
    tcp: readonly Endpoint[]
    /** TURN over TLS; needs `certificate`. */
    tls?: readonly Endpoint[]
  }>
  /** What TLS listeners show, PEM. */
  certificate?: Readonly<{ cert: string; key: string }>
  relay: Readonly<{
    /** Local IP relay sockets are bound to, and the one clients are told. */
    ip: string
    announcedIp: string
    /** The same for the other IP version; without it clients that ask for it are told 440. */
    ipv6?: Readonly<{ ip: string; announcedIp: string }>
    portMin: number
    portMax: number
  }>
  realm: string
  /** Shared with the chat servers; the first is current, the others still hold. */
  secrets: readonly string[]
  /** Users with a password that does not expire, by name. */
  users?: ReadonlyMap<string, string>
  /** Every request of an expired name is refused; otherwise a live allocation outlives its credential. */
  strictExpiry?: boolean
  /** The appliance's own media ports as clients know them; always allowed as peers. */
  ownMedia: readonly Endpoint[]
  /** Media ports whose announced address is not where the relay reaches them (1:1 NAT). */
  peerAliases?: readonly PeerAlias[]
  /** More IPs of this machine; peers there are refused but for media and relay ports. */
  ownIps?: readonly string[]
  /** CIDR ranges; a denied range wins over an allowed one. */
  allowedPeers?: readonly string[]
  deniedPeers?: readonly string[]
  /** `open`: all but special-use addresses. `sfu-only`: own media and allowed ranges. Default `open`. */
  policy?: 'open' | 'sfu-only'
  /** Only the channel numbers of RFC 8656; otherwise RFC 5766's too. */
  strictChannels?: boolean
  /** CIDR ranges of proxies whose PROXY protocol v2 header is required and believed, on TCP and TLS. */
  proxyProtocolFrom?: readonly string[]
  /** Shares the TCP and TLS ports with other engines of this machine; the kernel spreads clients over them. */
  reusePort?: boolean
  /** TCP connections to peers (RFC 6062); default off. */
  tcpRelays?: boolean
  /** The alternate IP and port of NAT behaviour discovery (RFC 5780); off when absent. */
  natDiscovery?: Endpoint
  /** The user id of tries of the deny list; its refusals are neither listed, told nor counted. */
  selfTestUserId?: string
  /** What nonces and reservation tokens are made with; the same in all engines that share ports. Random when absent. */
  nonceSecret?: Uint8Array
  limits?: Partial<Limits>
  tcpLimits?: Partial<TcpLimits>
  log?: Log
  /** For tests: a fault of our own ends the process instead of one client. */
  rethrowBugs?: boolean
}>

const longestRealmBytes = 763 // RFC 8489 §14.9

/** Checks the options that are not addresses to listen on; throws a TurnError naming the option. */
export function checkOptions(options: TurnEngineOptions): void {
  const { relay, realm } = options
  const { portMin, portMax } = relay
  const isPort = (port: number): boolean => Number.isInteger(port) && port > 0 && port <= 65_535
  if (!isPort(portMin) || !isPort(portMax) || portMin > portMax) {
    throw badOption('turn.relay_port_min and turn.relay_port_max must be ports in this order')
  }
  checkCredentials(options)
  if (opaqueString(realm) !== realm || Buffer.byteLength(realm) > longestRealmBytes) {
    throw badOption('turn.realm must have 1 to 763 bytes, composed (NFC) and without controls')
  }
}

/** Checks who may log in; throws a TurnError when that is nobody, or anybody. */
export function checkCredentials({ secrets, users }: CredentialSources): void {
  if ((secrets.length === 0 && !users?.size) || secrets.some((secret) => secret === '')) {
    throw badOption('turn.static_auth_secret must not be empty')
  }
  for (const [name, password] of users ?? []) {
    const fault = userFault(name, password)
    if (fault) throw badOption(`turn.users: ${fault}`)
  }
}

/** Where relay sockets are bound, per IP version; throws a TurnError for what is no IP. */
export function relayAddresses({ relay }: TurnEngineOptions): readonly RelayAddress[] {
  return [relay, ...(relay.ipv6 ? [relay.ipv6] : [])].map(({ ip, announcedIp }) => {
    const family = familyOf(ip)
    if (!family || familyOf(announcedIp) !== family) {
      throw badOption(`relay address ${ip} announced as ${announcedIp}: two IPs of one version`)
    }
    return { family, ip, announcedIp }
  })
}

/** Whom clients may reach; throws a TurnError for what is no range. */
export function peerPolicyOf(options: TurnEngineOptions): PeerPolicy {
  return createPeerPolicy(peerRulesOf(options))
}

/** The rules of that policy; throws a TurnError for what is no range. */
export function peerRulesOf(options: TurnEngineOptions): PeerRules {
  const { relay, listen, ownMedia, peerAliases = [], ownIps = [] } = options
  const relays = [relay, ...(relay.ipv6 ? [relay.ipv6] : [])]
  const listeners = [...listen.udp, ...listen.tcp, ...(listen.tls ?? [])]
  return {
    mode: options.policy ?? 'open',
    ownMedia,
    ownIps: [
      ...ownIps,
      ...relays.flatMap(({ ip, announcedIp }) => [ip, announcedIp]),
      ...[...listeners, ...ownMedia].map(({ ip }) => ip),
      ...(options.natDiscovery ? [options.natDiscovery.ip] : []),
      ...peerAliases.flatMap(({ announced, local }) => [announced.ip, local.ip]),
    ],
    relayIps: relays.map(({ announcedIp }) => announcedIp),
    relayPorts: { min: relay.portMin, max: relay.portMax },
    allowed: cidrs('turn.allowed_peers', options.allowedPeers),
    denied: cidrs('turn.denied_peers', options.deniedPeers),
  }
}

function cidrs(option: string, texts: readonly string[] = []): readonly Cidr[] {
  return texts.map((text) => {
    const cidr = parseCidr(text)
    if (cidr) return cidr
    const message = `${option}: "${text}" is no range like 10.0.0.0/8 or fd00::/8`
    throw new TurnError('TURN_BAD_CIDR', message)
  })
}

function badOption(message: string): TurnError {
  return new TurnError('TURN_BAD_OPTION', message)
}
