import { parseIp } from '../protocol/ip-address.ts'
import type { TransportAddress } from '../protocol/transport-address.ts'

/** Writes a PROXY protocol v2 header as a proxy does, with what it adds (TLVs). */
export function encodeProxyHeader(
  ends: 'local' | Readonly<{ source: TransportAddress; destination: TransportAddress }>,
  added: Uint8Array = new Uint8Array(0),
): Buffer {
  const addresses = ends === 'local' ? Buffer.alloc(0) : encodeEnds(ends.source, ends.destination)
  const isIpv6 = ends !== 'local' && ends.source.family === 6
  const fixed = Buffer.from('0d0a0d0a000d0a515549540a00000000', 'hex')
  fixed[12] = ends === 'local' ? 0x20 : 0x21
  fixed[13] = ends === 'local' ? 0 : isIpv6 ? 0x21 : 0x11
  fixed.writeUInt16BE(addresses.length + added.length, 14)
  return Buffer.concat([fixed, addresses, added])
}

function encodeEnds(source: TransportAddress, destination: TransportAddress): Buffer {
  const ports = Buffer.alloc(4)
  ports.writeUInt16BE(source.port, 0)
  ports.writeUInt16BE(destination.port, 2)
  const ips = [source, destination].map(({ ip }) => parseIp(ip) ?? new Uint8Array(0))
  return Buffer.concat([...ips, ports])
}
