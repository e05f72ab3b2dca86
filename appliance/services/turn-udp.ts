import { isIP } from 'node:net'
import type { NetworkPlan } from '../network-plan.ts'

type Endpoint = Readonly<{ ip: string; port: number }>

/**
 * Where TURN listens on UDP: everywhere. Two things make it listen on each address of an IP version by itself, the
 * announced one first, because an answer has to leave from where it was asked: an alternate address for NAT discovery
 * (RFC 5780 §6.1), and relays that are bound to one of several addresses.
 */
export function turnUdpListeners(
  {
    plan,
    listenIps,
  }: Readonly<{ plan: Pick<NetworkPlan, 'anyIps' | 'relays'>; listenIps: readonly string[] }>,
  port: number,
  alternate: Endpoint | undefined,
): readonly Endpoint[] {
  const bound = plan.relays.filter(({ ip, announcedIp }) => ip === announcedIp)
  const apart = new Set(bound.map(({ ip }) => isIP(ip)))
  if (alternate) apart.add(isIP(alternate.ip))
  const announced = plan.relays.map(({ announcedIp }) => announcedIp)
  const singly = [...announced, ...listenIps].filter((ip) => apart.has(isIP(ip)))
  const everywhere = plan.anyIps.filter((ip) => !apart.has(isIP(ip)))
  return [...new Set([...singly, ...everywhere])].map((ip) => ({ ip, port }))
}
