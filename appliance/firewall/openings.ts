import type { Config } from '../config/schema.ts'
import { parseIpPort } from '../config/values.ts'
import { mediaPorts } from '../media-ports.ts'
import { type PortSet, portSet } from '../tune/port-set.ts'

/** Ports that others may come to, and the options that name them. */
export type Opening = Readonly<{
  protocol: 'tcp' | 'udp'
  ports: PortSet
  option: string
  /** Addresses or ranges that may come; everybody where there is none. */
  from?: readonly string[]
  /** The firewall follows no connections there: each packet is judged by itself, which is cheaper for media. */
  untracked: boolean
}>

const tcp = (option: string, ...ports: readonly number[]): Opening => ({
  protocol: 'tcp',
  ports: single(ports),
  option,
  untracked: false,
})
const udp = (option: string, ...ports: readonly number[]): Opening => ({
  protocol: 'udp',
  ports: single(ports),
  option,
  untracked: true,
})

/** Lists the ports that an appliance with this configuration is reached on, and no other. */
export function openings(config: Config): readonly Opening[] {
  const { rtc, turn } = config
  const media = mediaPorts(config)
  const further = media.length > 1 ? ', rtc.workers' : ''
  const hasCertificate = config.web.tls.mode !== 'off'
  const tlsPort = hasCertificate && turn.tls_port > 0 ? [tcp('turn.tls_port', turn.tls_port)] : []
  return [
    ...webOpenings(config),
    udp(`rtc.udp_port${further}`, rtc.udp_port, ...media.map((port) => port.udp)),
    tcp(`rtc.tcp_port${further}`, rtc.tcp_port, ...media.map((port) => port.tcp)),
    udp('turn.port', turn.port),
    tcp('turn.port', turn.port),
    ...tlsPort,
    ...alternateOpening(config),
    ...relayOpenings(config),
  ]
}

/** Plain HTTP listens for others only as a redirect, or for the proxies that end TLS. */
function webOpenings({ web }: Config): readonly Opening[] {
  if (web.tls.mode === 'off') {
    const from = web.tls.trusted_proxies
    return from.length > 0 ? [{ ...tcp('web.http_port', web.http_port), from }] : []
  }
  const https = tcp('web.https_port', web.https_port)
  return web.http_redirect ? [https, tcp('web.http_redirect', web.http_port)] : [https]
}

function alternateOpening({ turn }: Config): readonly Opening[] {
  const alternate = parseIpPort(turn.nat_discovery)
  return alternate === undefined ? [] : [udp('turn.nat_discovery', alternate.port)]
}

/** Where relays reach the media of this machine alone, nobody else has a packet for them that was not asked for. */
function relayOpenings({ turn }: Config): readonly Opening[] {
  if (turn.peer_policy === 'sfu-only') return []
  const ports = [{ from: turn.relay_port_min, to: turn.relay_port_max }]
  const option = 'turn.relay_port_min, turn.relay_port_max'
  const relays: Opening = { protocol: 'udp', ports, option, untracked: true }
  const overTcp: Opening = { protocol: 'tcp', ports, option: 'turn.tcp_relays', untracked: false }
  return turn.tcp_relays ? [relays, overTcp] : [relays]
}

function single(ports: readonly number[]): PortSet {
  return portSet(ports.map((port) => ({ from: port, to: port })))
}
