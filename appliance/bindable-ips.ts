import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIP } from 'node:net'

/**
 * Of these addresses, those that a socket can be bound to now. Not one is an IPv6 address that the network has not
 * confirmed yet, or refused (RFC 4862 §5.4), and one that went while this was asked.
 */
export async function bindableIps(ips: readonly string[]): Promise<readonly string[]> {
  const can = await Promise.all(ips.map(canBind))
  return ips.filter((_, index) => can[index])
}

async function canBind(ip: string): Promise<boolean> {
  const socket = createSocket(isIP(ip) === 6 ? 'udp6' : 'udp4')
  try {
    socket.bind(0, ip)
    await once(socket, 'listening')
    return true
  } catch {
    return false // that is the answer
  } finally {
    socket.close()
  }
}
