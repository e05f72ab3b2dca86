import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import ipaddr from 'ipaddr.js'
import type { Config } from './config/schema.ts'
import { type HostPort, parseStunServer } from './config/values.ts'
import { ApplianceError, messageOf } from './errors.ts'
import { discoverAddress } from './stun-client.ts'
import type { Warning } from './warning.ts'

/** How the public address came to be known. */
export type AddressOrigin = 'configured' | 'stun' | 'interface' | 'loopback'

/**
 * The address to announce. `address` is what the operator wrote or what was found; `ip` is the same
 * as an IP, and `ipv6` stands beside an IPv4 `ip` where there is one. `localAddresses` are the
 * machine's own, usable from elsewhere, IPv4 first; `families` the IP versions that it has at all.
 */
export type PublicAddress = Readonly<{
  address: string
  ip: string
  ipv6: string | undefined
  families: readonly (4 | 6)[]
  how: AddressOrigin
  warnings: readonly Warning[]
  localAddresses: readonly string[]
}>

/** What the resolution asks of the world; tests pass their own. */
export type AddressSources = Readonly<{
  interfaces: () => NodeJS.Dict<NetworkInterfaceInfo[]>
  lookup: (host: string) => Promise<{ address: string }>
  discover: (server: HostPort) => Promise<string>
}>

/** A name with both is announced by its IPv4 address first: that is the one everybody can use. */
const realSources: AddressSources = {
  interfaces: networkInterfaces,
  lookup: (host) => lookup(host, { order: 'ipv4first' }),
  discover: discoverAddress,
}

const SET_IT =
  'Set public_address to the IP or the host name under which people reach this machine.'

/**
 * Resolves `public_address`: the given one; else what the configured STUN servers see; else the
 * machine's own first address. Throws PUBLIC_ADDRESS_UNRESOLVED for a host name without an address.
 */
export async function resolvePublicAddress(
  config: Config,
  sources: AddressSources = realSources,
): Promise<PublicAddress> {
  const interfaces = sources.interfaces()
  const localAddresses = usableAddresses(interfaces)
  const found = await findAddress(config, localAddresses, sources)
  const beside = isIP(found.ip) === 4 ? findIpv6(config.public_ipv6, localAddresses) : undefined
  return {
    ...found,
    ipv6: beside?.ip,
    warnings: [...found.warnings, ...(beside?.warnings ?? [])],
    families: familiesOf(interfaces),
    localAddresses,
  }
}

type FoundAddress = Pick<PublicAddress, 'address' | 'ip' | 'how' | 'warnings'>

async function findAddress(
  config: Config,
  localAddresses: readonly string[],
  sources: AddressSources,
): Promise<FoundAddress> {
  const given = config.public_address
  if (given !== 'auto') {
    const ip = await toIp(given, sources)
    return { address: given, ip, how: 'configured', warnings: [] }
  }
  const { ip, warnings } = await askStunServers(config.rtc.stun_servers, sources)
  if (ip !== undefined) return { address: ip, ip, how: 'stun', warnings }
  const [own] = localAddresses
  if (own !== undefined) {
    const all = [...warnings, ...warnOfPrivate(own)]
    return { address: own, ip: own, how: 'interface', warnings: all }
  }
  const lonely = {
    message: 'This machine has no address but loopback: only browsers on it can call.',
    fix: SET_IT,
  }
  const all = [...warnings, lonely]
  return { address: '127.0.0.1', ip: '127.0.0.1', how: 'loopback', warnings: all }
}

/** The IPv6 address that is announced beside an IPv4 one. */
function findIpv6(
  given: string,
  localAddresses: readonly string[],
): Readonly<{ ip: string | undefined; warnings: readonly Warning[] }> {
  const local = localAddresses.filter((address) => isIP(address) === 6)
  if (given === 'none') return { ip: undefined, warnings: [] }
  if (given === 'auto') return { ip: local.find(isGloballyRoutable), warnings: [] }
  if (local.length > 0) return { ip: given, warnings: [] }
  const message = `public_ipv6 = ${given}: this machine has no IPv6 address, so none is announced.`
  const fix = 'Give the machine its IPv6 address, or set public_ipv6 to `none`.'
  return { ip: undefined, warnings: [{ message, fix }] }
}

/** The IP versions that the machine has at all, loopback included. */
function familiesOf(interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): readonly (4 | 6)[] {
  const entries = Object.values(interfaces).flatMap((addresses) => addresses ?? [])
  return ([4, 6] as const).filter((family) =>
    entries.some((entry) => entry.family === `IPv${family}`),
  )
}

/** Lists the machine's addresses that another machine could use, IPv4 before IPv6. */
export function usableAddresses(interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): string[] {
  const entries = Object.values(interfaces).flatMap((addresses) => addresses ?? [])
  const usable = entries.filter(({ address, internal }) => {
    const range = ipaddr.parse(address.replace(/%.*$/, '')).range()
    return !internal && range !== 'linkLocal' && range !== 'loopback'
  })
  const ofFamily = (family: string) => usable.filter((entry) => entry.family === family)
  return [...ofFamily('IPv4'), ...ofFamily('IPv6')].map(({ address }) => address)
}

/** Whether the whole Internet could reach the address, as opposed to a private network. */
function isGloballyRoutable(ip: string): boolean {
  return ipaddr.parse(ip).range() === 'unicast'
}

async function toIp(address: string, sources: AddressSources): Promise<string> {
  if (isIP(address) !== 0) return address
  try {
    return (await sources.lookup(address)).address
  } catch (error) {
    throw new ApplianceError(
      'PUBLIC_ADDRESS_UNRESOLVED',
      `public_address = ${address}: this host name has no address (${messageOf(error)}).`,
      'Create its DNS record, correct the name, or set public_address to an IP address.',
      error,
    )
  }
}

async function askStunServers(
  servers: readonly string[],
  sources: AddressSources,
): Promise<{ ip: string | undefined; warnings: Warning[] }> {
  if (servers.length === 0) return { ip: undefined, warnings: [] }
  const known = servers.flatMap((text) => parseStunServer(text) ?? [])
  try {
    return { ip: await Promise.any(known.map((server) => sources.discover(server))), warnings: [] }
  } catch (error) {
    const reasons =
      error instanceof AggregateError ? error.errors.map(messageOf) : [messageOf(error)]
    const message = `None of rtc.stun_servers told the public address (${reasons.join('; ')}).`
    return { ip: undefined, warnings: [{ message, fix: SET_IT }] }
  }
}

function warnOfPrivate(ip: string): Warning[] {
  if (isGloballyRoutable(ip)) return []
  const message = `No public address is known; ${ip} is announced, which only its own network reaches.`
  return [{ message, fix: `If people call from elsewhere: ${SET_IT}` }]
}
