import { isIP } from 'node:net'
import type { Config } from './config/schema.ts'
import { hostInUrl, type IceAddress, iceAddress } from './ice-urls.ts'
import type { PublicAddress } from './public-address.ts'

type Endpoint = Readonly<{ ip: string; port: number }>

/** Where media is listened for, as the media plane takes it. */
export type MediaListen = Readonly<{
  ip: string
  announcedAddress?: string
  exposeInternalIp?: boolean
  announcedPort?: number
}>

type Relay = Readonly<{ ip: string; announcedIp: string }>

/** Who listens where, and which addresses are told to whom. */
export type NetworkPlan = Readonly<{
  mediaListen: readonly MediaListen[]
  /** The IP that TURN relays are announced with. */
  relayIp: string
  /** What relays are bound to, for each address that they are announced with; that of `relayIp` first. */
  relays: readonly [Relay, ...Relay[]]
  /** The IPv6 address announced beside an IPv4 one, for relays and media. */
  ipv6: string | undefined
  /** All addresses of the machine, in the IP version of `relayIp`. */
  anyIp: string
  /** All addresses of the machine, one for each IP version that it has. */
  anyIps: readonly string[]
  /** What ICE servers and links call this machine; whether browsers believe its certificate is not known yet. */
  ice: IceAddress
  publicOrigin: string
  localOrigin: string
  /** Names and addresses that the certificate has to hold. */
  certificateNames: readonly string[]
  /** The machine's own addresses beside the announced ones: no relay may reach them. */
  ownIps: readonly string[]
}>

/**
 * Derives all addresses from the configuration and the public address that was found. `mediaIp` is
 * the IP of `rtc.ice_host_override`, where that is set.
 */
export function planNetwork(
  config: Config,
  found: PublicAddress,
  mediaIp: string = found.ip,
): NetworkPlan {
  const { web, rtc } = config
  const host = hostInUrl(found.address)
  const secure = web.tls.mode !== 'off'
  const families = new Set([isIP(found.ip), ...found.families])
  const override = rtc.ice_host_port_override
  const announcedPort = override > 0 ? { announcedPort: override } : {}
  const { localAddresses: local } = found
  const ipv6s = found.ipv6 === undefined ? [] : [found.ipv6]
  const mediaIps = isIP(mediaIp) === 6 ? [mediaIp] : [mediaIp, ...ipv6s]
  return {
    mediaListen: mediaIps.map((ip) => ({
      ...mediaListen(ip, local),
      ...announcedPort,
    })),
    relayIp: found.ip,
    relays: [relayOf(found.ip, local), ...ipv6s.map((ip) => relayOf(ip, local))],
    ipv6: found.ipv6,
    anyIp: anyIpLike(found.ip),
    anyIps: ['0.0.0.0', '::'].filter((ip) => families.has(isIP(ip))),
    ice: iceAddress(found.address, config),
    publicOrigin: secure ? `https://${host}${portSuffix(web.https_port, 443)}` : `https://${host}`,
    localOrigin: `http://localhost${portSuffix(web.http_port, 80)}`,
    certificateNames: [...new Set([found.address, found.ip, ...ipv6s, ...local])],
    ownIps: ['127.0.0.1', '::1', ...local],
  }
}

/**
 * The addresses that media is listened on. A machine behind a 1:1 NAT tells people inside its own address as well. An IPv6
 * address is listened on alone: all of them would take IPv4's packets too.
 */
function mediaListen(announced: string, local: readonly string[]): MediaListen {
  const family = isIP(announced)
  const inside = local.find((address) => isIP(address) === family)
  const isOwn = local.includes(announced) || announced.startsWith('127.') || announced === '::1'
  if (!isOwn && inside !== undefined) {
    return { ip: inside, announcedAddress: announced, exposeInternalIp: true }
  }
  const ip = isOwn && family === 6 ? announced : boundIp(announced, local)
  return ip === announced ? { ip } : { ip, announcedAddress: announced }
}

function relayOf(announced: string, local: readonly string[]): Relay {
  return { ip: boundIp(announced, local), announcedIp: announced }
}

/**
 * What a UDP socket is bound to for an announced address: to that alone where the machine has others of its IP version,
 * for the kernel would answer from the one that its routes prefer, and no client expects that. Else to any, as the only
 * address may change.
 */
function boundIp(announced: string, local: readonly string[]): string {
  const alike = local.filter((address) => isIP(address) === isIP(announced))
  return alike.length > 1 && alike.includes(announced) ? announced : anyIpLike(announced)
}

/** The IP versions in which relays are made, that of `relayIp` first. */
export function relayFamilies({
  relayIp,
  ipv6,
}: Pick<NetworkPlan, 'relayIp' | 'ipv6'>): readonly [4 | 6, ...6[]] {
  const first = isIP(relayIp) === 6 ? 6 : 4
  return ipv6 === undefined ? [first] : [first, 6]
}

/** Pairs each announced media address with the one the relay reaches it by, where they differ. */
export function mediaAliases(
  plan: NetworkPlan,
  ports: readonly number[],
): readonly Readonly<{ announced: Endpoint; local: Endpoint }>[] {
  return plan.mediaListen.flatMap(
    ({ ip, announcedAddress = ip, exposeInternalIp, announcedPort }) => {
      if (exposeInternalIp !== true && announcedPort === undefined) return []
      const inside = exposeInternalIp === true ? ip : announcedAddress
      return ports.map((port) => ({
        announced: { ip: announcedAddress, port: announcedPort ?? port },
        local: { ip: inside, port },
      }))
    },
  )
}

function anyIpLike(ip: string): string {
  return isIP(ip) === 6 ? '::' : '0.0.0.0'
}

function portSuffix(port: number, usual: number): string {
  return port === usual ? '' : `:${port}`
}
