import { isIP } from 'node:net'
import type { Config } from './config/schema.ts'
import { hostInUrl, type IceAddress } from './ice-urls.ts'
import type { PublicAddress } from './public-address.ts'

type Endpoint = Readonly<{ ip: string; port: number }>

/** Where media is listened for, as the media plane takes it. */
export type MediaListen = Readonly<{
  ip: string
  announcedAddress?: string
  exposeInternalIp?: boolean
  announcedPort?: number
}>

/** Who listens where, and which addresses are told to whom. */
export type NetworkPlan = Readonly<{
  mediaListen: readonly MediaListen[]
  /** The IP that TURN relays are announced with. */
  relayIp: string
  /** All addresses of the machine, in the IP version of `relayIp`. */
  anyIp: string
  /** The address that media is announced with. */
  mediaIp: string
  /** What ICE servers and links call this machine. */
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
  const { web, rtc, turn } = config
  const host = hostInUrl(found.address)
  const secure = web.tls.mode !== 'off'
  return {
    mediaIp,
    mediaListen: [
      {
        ...mediaListen(mediaIp, found.localAddresses),
        ...(rtc.ice_host_port_override > 0 ? { announcedPort: rtc.ice_host_port_override } : {}),
      },
    ],
    relayIp: found.ip,
    anyIp: anyIpLike(found.ip),
    ice: { host: found.address, port: turn.port },
    publicOrigin: secure ? `https://${host}${portSuffix(web.https_port, 443)}` : `https://${host}`,
    localOrigin: `http://localhost${portSuffix(web.http_port, 80)}`,
    certificateNames: [found.address, found.ip, ...found.localAddresses],
    ownIps: ['127.0.0.1', '::1', ...found.localAddresses],
  }
}

/**
 * The addresses that media is listened on. A machine that has the announced address listens on all
 * of them; one behind a 1:1 NAT tells people inside its own address as well.
 */
function mediaListen(announced: string, local: readonly string[]): MediaListen {
  const family = isIP(announced)
  const inside = local.find((address) => isIP(address) === family)
  const isOwn = local.includes(announced) || announced.startsWith('127.') || announced === '::1'
  if (isOwn || inside === undefined) {
    return { ip: anyIpLike(announced), announcedAddress: announced }
  }
  return { ip: inside, announcedAddress: announced, exposeInternalIp: true }
}

/** Pairs each announced media address with the one the relay reaches it by, where they differ. */
export function mediaAliases(
  plan: NetworkPlan,
  ports: readonly number[],
): readonly Readonly<{ announced: Endpoint; local: Endpoint }>[] {
  return plan.mediaListen.flatMap(({ ip, exposeInternalIp, announcedPort }) => {
    if (exposeInternalIp !== true && announcedPort === undefined) return []
    const inside = exposeInternalIp === true ? ip : plan.mediaIp
    return ports.map((port) => ({
      announced: { ip: plan.mediaIp, port: announcedPort ?? port },
      local: { ip: inside, port },
    }))
  })
}

function anyIpLike(ip: string): string {
  return isIP(ip) === 6 ? '::' : '0.0.0.0'
}

function portSuffix(port: number, usual: number): string {
  return port === usual ? '' : `:${port}`
}
