import { parseIp } from './ip-address.ts'

/** IP version. */
export type Family = 4 | 6

/** An IP (text as the operating system writes it, without brackets) and a port. */
export type TransportAddress = Readonly<{ family: Family; ip: string; port: number }>

/** Both ends of a client's connection to the server and how they talk (RFC 8656 §2). */
export type FiveTuple = Readonly<{
  transport: 'udp' | 'tcp' | 'tls'
  client: TransportAddress
  server: TransportAddress
}>

/** Names an address in maps: `ip port`. */
export function addressKey(address: TransportAddress): string {
  return `${address.ip} ${address.port}`
}

/** Names a five-tuple in maps. */
export function fiveTupleKey(tuple: FiveTuple): string {
  const { client, server } = tuple
  return `${tuple.transport} ${client.ip} ${client.port} ${server.ip} ${server.port}`
}

/** The version of an IP in text; undefined when the text is no IP. */
export function familyOf(ip: string): Family | undefined {
  const bytes = parseIp(ip)
  if (!bytes) return undefined
  return bytes.length === 4 ? 4 : 6
}
