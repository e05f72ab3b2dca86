import { formatIp, parseIp } from '../protocol/ip-address.ts'
import type { TransportAddress } from '../protocol/transport-address.ts'

const mappedPrefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]

/** One client has one name: an IPv4 address that a socket for both versions writes as `::ffff:…` becomes IPv4 again. */
export function canonicalAddress({
  ip,
  port,
}: Readonly<{ ip: string; port: number }>): TransportAddress {
  const bytes = parseIp(ip)
  if (bytes?.length !== 16) return { family: 4, ip, port }
  const isMapped = mappedPrefix.every((byte, index) => bytes[index] === byte)
  return isMapped ? { family: 4, ip: formatIp(bytes.subarray(12)), port } : { family: 6, ip, port }
}
