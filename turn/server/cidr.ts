import { parseIp } from '../protocol/ip-address.ts'

/** A range of IPs of one version. */
export type Cidr = Readonly<{ network: Uint8Array; prefixBits: number }>

/** Parses `10.0.0.0/8`, `fc00::/7` or a single IP; undefined when it is neither or has bits set after the prefix. */
export function parseCidr(text: string): Cidr | undefined {
  const [ip = '', prefix, ...more] = text.split('/')
  const network = ip.includes('%') ? undefined : parseIp(ip)
  if (!network || more.length > 0) return undefined
  if (prefix === undefined) return { network, prefixBits: network.length * 8 }
  const prefixBits = Number(prefix)
  if (!/^\d{1,3}$/.test(prefix) || prefixBits > network.length * 8) return undefined
  return hasHostBits(network, prefixBits) ? undefined : { network, prefixBits }
}

/** Whether an IP (4 or 16 bytes) lies in a range. */
export function isInCidr(ip: Uint8Array, { network, prefixBits }: Cidr): boolean {
  if (ip.length !== network.length) return false
  return network.every(
    (byte, index) => ((byte ^ (ip[index] ?? 0)) & maskAt(index, prefixBits)) === 0,
  )
}

function hasHostBits(network: Uint8Array, prefixBits: number): boolean {
  return network.some((byte, index) => (byte & ~maskAt(index, prefixBits) & 0xff) !== 0)
}

function maskAt(index: number, prefixBits: number): number {
  const bits = Math.min(8, Math.max(0, prefixBits - index * 8))
  return (0xff << (8 - bits)) & 0xff
}
