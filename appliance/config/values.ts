import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Where a STUN server listens. */
export type HostPort = Readonly<{ host: string; port: number }>

/** The port of STUN and TURN when a server is named without one (RFC 8489 §18.6). */
const STUN_PORT = 3478

/** A DNS name: labels of at most 63 letters, digits and hyphens, 253 in all (RFC 1123 §2.1). */
export function isHostName(text: string): boolean {
  if (text.length === 0 || text.length > 253) return false
  const labels = text.split('.')
  if (!labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(label))) return false
  return !/^\d+$/.test(labels.at(-1) ?? '')
}

/** Whether public DNS could have this name: a host name with a dot, and no IP address. */
export function isPublicHostName(text: string): boolean {
  return isIP(text) === 0 && text.includes('.') && isHostName(text)
}

/** Whether the text is a URL that begins with `https:` and holds no password. */
export function isHttpsUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password } = new URL(text)
  return protocol === 'https:' && username === '' && password === ''
}

/** Whether something could be posted there: a URL of http or https whose secret is in its path, not before the host. */
export function isWebhookUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password } = new URL(text)
  return /^https?:$/.test(protocol) && username === '' && password === ''
}

/** Whether mail could go there; the host of it decides in the end. */
export function isMailAddress(text: string): boolean {
  return text.length <= 254 && /^[^\s@,<>()"]+@[^\s@,<>()"]+\.[^\s@,<>()".]+$/.test(text)
}

/** Whether a client could be told this address: an IP that names one host, or a DNS name. */
export function isAnnouncedAddress(text: string): boolean {
  if (isIP(text) === 0) return isHostName(text)
  const range = ipaddr.parse(text).range()
  return range !== 'unspecified' && range !== 'multicast' && range !== 'broadcast'
}

/** Whether the text is an IP address, alone or with a prefix length (`10.0.0.0/8`, `::1`). */
export function isCidr(text: string): boolean {
  return isIP(text) !== 0 || ipaddr.isValidCIDR(text)
}

/** Parses `host`, `host:port`, `[v6]:port`, each with or without `stun:`; `undefined` if it is none. */
export function parseStunServer(text: string): HostPort | undefined {
  const bare = text.replace(/^stun:/i, '')
  if (isIP(bare) !== 0) return { host: bare, port: STUN_PORT }
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(bare)
  if (match === null) return undefined
  const host = match[1] ?? match[2] ?? ''
  const port = match[3] === undefined ? STUN_PORT : Number(match[3])
  if (port < 1 || port > 65535) return undefined
  const known = match[1] === undefined ? isIP(host) === 4 || isHostName(host) : isIP(host) === 6
  return known ? { host, port } : undefined
}

/** Parses `ip:port` and `[v6]:port`; `undefined` for a name, a missing port or anything else. */
export function parseIpPort(text: string): Readonly<{ ip: string; port: number }> | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text)
  if (match === null) return undefined
  const [, v6 = '', v4 = ''] = match
  const ip = v6 || v4
  const port = Number(match[3])
  const isIp = v6 === '' ? isIP(v4) === 4 : isIP(v6) === 6
  return isIp && port >= 1 && port <= 65535 ? { ip, port } : undefined
}
