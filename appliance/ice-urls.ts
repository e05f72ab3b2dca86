import { isIP } from 'node:net'

/** Where the appliance answers STUN and TURN. `host` is an IP or a host name. */
export type IceAddress = Readonly<{ host: string; port: number }>

/** The URLs of the appliance's STUN server (RFC 7064). */
export function stunUrls({ host, port }: IceAddress): string[] {
  return [`stun:${hostInUrl(host)}:${port}`]
}

/** The URLs of the appliance's TURN server, UDP first (RFC 7065). */
export function turnUrls({ host, port }: IceAddress): string[] {
  const server = `turn:${hostInUrl(host)}:${port}`
  return [`${server}?transport=udp`, `${server}?transport=tcp`]
}

/** Writes a host the way URLs want it: IPv6 addresses in brackets. */
export function hostInUrl(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host
}
