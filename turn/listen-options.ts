import type { Endpoint, TurnEngineOptions } from './engine-options.ts'
import { TurnError } from './errors.ts'
import { familyOf } from './protocol/transport-address.ts'
import { NatDiscovery } from './server/nat-discovery.ts'

/** Every UDP address to listen on: the listed ones and what NAT behaviour discovery needs besides; throws a TurnError as `natDiscoveryOf`. */
export function udpEndpoints(options: TurnEngineOptions): readonly Endpoint[] {
  const { udp } = options.listen
  const isListed = ({ ip, port }: Endpoint): boolean =>
    udp.some((at) => at.ip === ip && at.port === port)
  const needed = natDiscoveryOf(options)?.addresses() ?? []
  return [...udp, ...needed.filter((at) => !isListed(at))]
}

/**
 * The four addresses of NAT behaviour discovery: those of the first listed UDP address of the alternate IP's version
 * and the alternate one; undefined when it is off or nothing listens on UDP. Throws a TurnError when they are not two IPs and two ports that
 * clients can be told.
 */
export function natDiscoveryOf({
  listen,
  natDiscovery: alternate,
}: TurnEngineOptions): NatDiscovery | undefined {
  if (!alternate || listen.udp.length === 0) return undefined
  const family = familyOf(alternate.ip)
  const primary = listen.udp.find(({ ip }) => familyOf(ip) === family)
  if (!family || !primary) throw badOption(`no UDP listener of the IP version of ${alternate.ip}`)
  if (primary.ip === alternate.ip || primary.port === alternate.port) {
    throw badOption(`it needs another IP and another port than ${primary.ip}:${primary.port}`)
  }
  const unfit = [primary, alternate].find(({ ip, port }) => port === 0 || isAnyAddress(ip))
  if (unfit) throw badOption(`clients cannot be told ${unfit.ip}:${unfit.port}; name IP and port`)
  return new NatDiscovery(primary, alternate)
}

function isAnyAddress(ip: string): boolean {
  return /^[0:.]+$/.test(ip)
}

function badOption(message: string): TurnError {
  return new TurnError('TURN_BAD_OPTION', `turn.nat_discovery: ${message}`)
}
