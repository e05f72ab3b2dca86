import type { Config } from './config/schema.ts'
import { parseIpPort } from './config/values.ts'

/** The ports of one media worker. */
export type MediaPort = Readonly<{ udp: number; tcp: number }>

/**
 * Lists the ports of all media workers: the configured pair first, then for each further worker the
 * next port that no option uses, the same for UDP and TCP.
 */
export function mediaPorts({ web, rtc, turn, rtcd }: Config): readonly MediaPort[] {
  const taken = new Set([web.https_port, web.http_port, rtc.udp_port, rtc.tcp_port])
  for (const port of [turn.port, turn.tls_port, rtcd.port]) taken.add(port)
  const alternate = parseIpPort(turn.nat_discovery)
  if (alternate !== undefined) taken.add(alternate.port)
  const ports: MediaPort[] = [{ udp: rtc.udp_port, tcp: rtc.tcp_port }]
  let candidate = Math.max(rtc.udp_port, rtc.tcp_port)
  while (ports.length < rtc.workers) {
    candidate = candidate === 65535 ? 1024 : candidate + 1
    const relay = candidate >= turn.relay_port_min && candidate <= turn.relay_port_max
    if (relay || taken.has(candidate)) continue
    taken.add(candidate)
    ports.push({ udp: candidate, tcp: candidate })
  }
  return ports
}
