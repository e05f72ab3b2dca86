import type { IncomingMessage } from 'node:http'
import ipaddr from 'ipaddr.js'

/** Where a request came from and over what, with trusted proxies looked through. */
export type RequestSource = Readonly<{
  /** The client's IP address. */
  address: string
  /** Whether the client speaks TLS, to us or to a trusted proxy. */
  secure: boolean
  /** Host and port the client asked for; empty when it named none or something that is no host. */
  host: string
}>

/** Finds a request's source. */
export type SourceFinder = (request: IncomingMessage) => RequestSource

type Range = ReturnType<typeof ipaddr.parseCIDR>

/**
 * Builds a `SourceFinder` that believes forwarding headers only from these addresses or CIDRs.
 * Throws on an entry that is neither.
 */
export function createSourceFinder(trustedProxies: readonly string[]): SourceFinder {
  const ranges = trustedProxies.map(parseRange)
  return (request) => {
    const peer = request.socket.remoteAddress ?? ''
    const host = plainHost(request.headers.host)
    const encrypted = 'encrypted' in request.socket && request.socket.encrypted === true
    if (!isWithin(peer, ranges)) return { address: normalAddress(peer), secure: encrypted, host }
    const protocol = lastOf(request.headers['x-forwarded-proto']) ?? ''
    return {
      address: forwardedAddress(request, ranges) ?? normalAddress(peer),
      secure: encrypted || protocol === 'https',
      host: plainHost(lastOf(request.headers['x-forwarded-host'])) || host,
    }
  }
}

/**
 * The key under which attempts of an address are counted: an IPv6 client owns its whole /64, so
 * that is what counts.
 */
export function attemptKey(address: string): string {
  if (!ipaddr.isValid(address)) return 'unknown'
  const parsed = ipaddr.process(address)
  if (parsed.kind() === 'ipv4') return parsed.toString()
  return `${parsed.toNormalizedString().split(':').slice(0, 4).join(':')}::/64`
}

/** Builds the question whether an address is among these addresses or CIDRs. Throws on what is neither. */
export function createAddressMatcher(list: readonly string[]): (address: string) => boolean {
  const ranges = list.map(parseRange)
  return (address) => isWithin(address, ranges)
}

/** The nearest address that is not itself a trusted proxy: what lies left of it anyone can write. */
function forwardedAddress(request: IncomingMessage, ranges: readonly Range[]): string | undefined {
  const hops = String(request.headers['x-forwarded-for'] ?? '').split(',')
  for (const hop of hops.map((each) => each.trim()).reverse()) {
    if (!ipaddr.isValid(hop)) return undefined
    if (!isWithin(hop, ranges)) return normalAddress(hop)
  }
  return undefined
}

function parseRange(text: string): Range {
  if (text.includes('/')) return ipaddr.parseCIDR(text)
  const address = ipaddr.parse(text)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

function isWithin(address: string, ranges: readonly Range[]): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  return ranges.some((range) => parsed.kind() === range[0].kind() && parsed.match(range))
}

function normalAddress(address: string): string {
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : address
}

function lastOf(header: string | string[] | undefined): string | undefined {
  return String(header ?? '')
    .split(',')
    .at(-1)
    ?.trim()
}

function plainHost(host: string | undefined): string {
  return host !== undefined && /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i.test(host) ? host : ''
}
