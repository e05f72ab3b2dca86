import { formatIp, parseIp } from '../protocol/ip-address.ts'
import { canonicalAddress } from './canonical-address.ts'

/** What the addresses of one client have in common, however it is written: an IPv4 address, or the /64 of an IPv6 one. */
export function sourceOf(address: string): string {
  const { ip } = canonicalAddress({ ip: address, port: 0 })
  const bytes = parseIp(ip)
  return bytes?.length === 16 ? `${formatIp(bytes.fill(0, 8))}/64` : ip
}
