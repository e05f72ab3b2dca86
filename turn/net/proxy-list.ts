import { TurnError } from '../errors.ts'
import { parseIp } from '../protocol/ip-address.ts'
import { isInCidr, parseCidr } from '../server/cidr.ts'
import { canonicalAddress } from './canonical-address.ts'

/** Whether a connection from this IP must begin with a PROXY header, which is then believed. */
export type ProxyList = (ip: string) => boolean

/** Makes the list of the CIDR ranges of an option; throws a TurnError that names it for what is no range. */
export function createProxyList(option: string, ranges: readonly string[] = []): ProxyList {
  const cidrs = ranges.map((text) => {
    const cidr = parseCidr(text)
    if (cidr) return cidr
    const message = `${option}: "${text}" is no range like 10.0.0.0/8 or fd00::/8`
    throw new TurnError('TURN_BAD_CIDR', message)
  })
  return (ip) => {
    if (cidrs.length === 0) return false
    const bytes = parseIp(canonicalAddress({ ip, port: 0 }).ip)
    return !!bytes && cidrs.some((cidr) => isInCidr(bytes, cidr))
  }
}
