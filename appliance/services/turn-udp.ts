import { isIP } from 'node:net'
import type { NetworkPlan } from '../network-plan.ts'

type Endpoint = Readonly<{ ip: string; port: number }>

/**
 * Where TURN listens on UDP: everywhere. With an alternate address for NAT discovery each address of its IP version by
 * itself, the announced one first, because an answer has to leave from the one that it names (RFC 5780 §6.1).
 */
export function turnUdpListeners(
  plan: Pick<NetworkPlan, 'anyIps' | 'relayIp' | 'ipv6' | 'ownIps'>,
  port: number,
  alternate: Endpoint | undefined,
): readonly Endpoint[] {
  const version = alternate ? isIP(alternate.ip) : 0
  const announced = plan.ipv6 === undefined ? [plan.relayIp] : [plan.relayIp, plan.ipv6]
  const apart = [...announced, ...plan.ownIps].filter((ip) => isIP(ip) === version)
  const everywhere = plan.anyIps.filter((ip) => isIP(ip) !== version)
  return [...new Set([...apart, ...everywhere])].map((ip) => ({ ip, port }))
}
