import { formatIp, parseIp } from '../../protocol/ip-address.ts'
import type { TransportAddress } from '../../protocol/transport-address.ts'

/** Address families of Linux (bits/socket.h). */
export const afInet = 2
export const afInet6 = 10

/** Bytes of the longest socket address, `sockaddr_in6`. */
export const longestSocketAddress = 28

/** Encodes `sockaddr_in` or `sockaddr_in6`: the family in the machine's order, port and IP in the network's; throws for what is no IP. */
export function encodeSocketAddress({ ip: text, port }: Omit<TransportAddress, 'family'>): Buffer {
  const ip = parseIp(text)
  if (!ip) throw new TypeError(`${text} is no IP`)
  const isIpv6 = ip.length === 16
  const bytes = Buffer.alloc(isIpv6 ? longestSocketAddress : 16)
  bytes.writeUInt16LE(isIpv6 ? afInet6 : afInet)
  bytes.writeUInt16BE(port, 2)
  bytes.set(ip, isIpv6 ? 8 : 4)
  return bytes
}

/** Decodes `sockaddr_in` or `sockaddr_in6`; undefined for another family. */
export function decodeSocketAddress(bytes: Buffer): TransportAddress | undefined {
  const family = bytes.readUInt16LE()
  const port = bytes.readUInt16BE(2)
  if (family === afInet) return { family: 4, ip: formatIp(bytes.subarray(4, 8)), port }
  if (family === afInet6) return { family: 6, ip: formatIp(bytes.subarray(8, 24)), port }
  return undefined
}
