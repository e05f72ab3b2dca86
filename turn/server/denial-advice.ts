import { parseIp } from '../protocol/ip-address.ts'
import { isInCidr, parseCidr } from './cidr.ts'
import type { DeniedPeerRow } from './denied-peers.ts'

const docker = ['172.16.0.0/12', '192.168.0.0/16'].flatMap((text) => parseCidr(text) ?? [])

const announce =
  'Tell that server which address to announce instead (Mattermost: ICE Host Override, in rtcd ice_host_override; LiveKit: rtc.node_ip; ' +
  'Jitsi: the public address of its NAT mapping).'

/**
 * What a refused peer means and what an admin can do about it, in one or two sentences. The usual case is a media server
 * in a container that announces the address it has in there: nobody outside can reach it, and the call goes on without.
 */
export function denialAdvice({ ip, reason }: Pick<DeniedPeerRow, 'ip' | 'reason'>): string {
  if (reason.startsWith('denied by turn.denied_peers')) {
    return 'This range is denied on purpose; take it out of turn.denied_peers if calls need it.'
  }
  if (reason.startsWith('this machine')) {
    return 'Clients may reach the media port of this machine, with turn.peer_policy open also relays at public_address, and nothing else on it. Somebody tries out what is open, or a service here announces another address than public_address.'
  }
  if (reason.startsWith('leads to')) {
    return 'An IPv6 address that stands for an IPv4 address relays must not reach. No browser asks for one: take it for an attempt to get inside.'
  }
  if (reason.includes('metadata') || reason.includes('cloud host agent')) {
    return 'Cloud machines keep credentials there. No call needs it: take it for an attempt to get inside.'
  }
  return adviceForPlace(ip, reason)
}

function adviceForPlace(ip: string, reason: string): string {
  if (reason.includes('loopback') || reason.includes('unspecified')) {
    return `A client or media server offered its own loopback address. ${announce}`
  }
  if (isDockerLike(ip)) {
    return (
      `A private address, as Docker gives to containers: a media server offers it, and clients elsewhere cannot reach it. ${announce} ` +
      `If this relay is to reach it there, add ${ip} to turn.allowed_peers.`
    )
  }
  if (/private|carrier-grade|unique local|link-local|site-local/.test(reason)) {
    return `A private address of a client or media server. Calls get along without it; if this relay is to reach it, add ${ip} to turn.allowed_peers.`
  }
  if (reason.startsWith('sfu-only')) {
    return `Relays here reach the media server only. If ${ip} is a media server of yours, add it to turn.allowed_peers; other clients are not reached by design.`
  }
  return 'No peer of a call lives in this range. A client may offer such an address by mistake; calls get along without it.'
}

function isDockerLike(text: string): boolean {
  const ip = parseIp(text)
  return ip !== undefined && docker.some((range) => isInCidr(ip, range))
}
