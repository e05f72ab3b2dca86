import ipaddr from 'ipaddr.js'

/** The network that somebody comes from, as far as one can be told by an address. */
export type ClientNetwork = Readonly<{
  /** Equal for people of the same network. */
  key: string
  /** Completes "from …". */
  words: string
  /** Whether it is this machine or a private network, whose administrators are often our own. */
  isNear: boolean
  isKnown: boolean
}>

const UNKNOWN: ClientNetwork = {
  key: 'unknown',
  words: 'an unknown network',
  isNear: false,
  isKnown: false,
}

/** Longer than any address with a port. */
const MAX_ADDRESS_LENGTH = 80

/**
 * Finds the network of an address, with or without a port: IPv4 by its first 24 bits, IPv6 by its
 * first 48, which is what one site is commonly given.
 */
export function clientNetwork(address: string | undefined): ClientNetwork {
  const ip = bareIp(address ?? '')
  if (ip === undefined) return UNKNOWN
  const range = ip.range()
  if (range === 'loopback')
    return { key: 'loopback', words: 'this machine itself', isNear: true, isKnown: true }
  const bits = ip.kind() === 'ipv4' ? 24 : 48
  const key = `${networkStart(ip, bits)}/${bits}`
  if (range === 'private' || range === 'uniqueLocal' || range === 'linkLocal') {
    return { key, words: `the private network ${key}`, isNear: true, isKnown: true }
  }
  if (range === 'carrierGradeNat') {
    return { key, words: `${key}, which a provider’s NAT uses`, isNear: false, isKnown: true }
  }
  return { key, words: key, isNear: false, isKnown: true }
}

function bareIp(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  if (text.length > MAX_ADDRESS_LENGTH) return undefined
  const [, inBrackets] = /^\[([^\]]*)\](?::\d+)?$/.exec(text) ?? []
  const [, beforePort] = /^([^:]+):\d+$/.exec(text) ?? []
  const bare = (inBrackets ?? beforePort ?? text).replace(/%.*$/, '')
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(bare) || ipaddr.IPv6.isValid(bare)
  return isAddress ? ipaddr.process(bare) : undefined
}

function networkStart(ip: ipaddr.IPv4 | ipaddr.IPv6, bits: number): string {
  const bytes = ip.toByteArray().map((byte, index) => (index < bits / 8 ? byte : 0))
  return ipaddr.fromByteArray(bytes).toString()
}
