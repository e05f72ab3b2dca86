import { isIP } from 'node:net'
import type { TurnUrl } from '#api'
import type { CertificateSource } from './tls/certificate-words.ts'

/** Where the appliance answers STUN and TURN. `host` is an IP or a host name. */
export type IceAddress = Readonly<{
  host: string
  /** UDP and TCP. */
  port: number
  /** TCP ports of TURN over TLS, where it is offered: its own one and that of the pages. */
  tlsPort?: number
  webPort?: number
  /** Whether browsers believe the certificate. They drop TURN over TLS silently when they do not. */
  tlsTrusted?: boolean
}>

/** The URLs of the appliance's STUN server (RFC 7064). */
export function stunUrls({ host, port }: IceAddress): string[] {
  return [`stun:${hostInUrl(host)}:${port}`]
}

/** Every door of the TURN server with its URL (RFC 7065), in the order that clients should try. */
export function turnDoors({ host, port, tlsPort, webPort }: IceAddress): readonly TurnUrl[] {
  const door = (transport: TurnUrl['transport'], at: number | undefined): TurnUrl[] => {
    if (at === undefined) return []
    const scheme = transport.startsWith('tls') ? 'turns' : 'turn'
    const under = transport === 'udp' ? 'udp' : 'tcp'
    const url = `${scheme}:${hostInUrl(host)}:${at}?transport=${under}`
    return [{ transport, host, port: at, url }]
  }
  return [
    ...door('udp', port),
    ...door('tcp', port),
    ...door('tls', tlsPort),
    ...door('tls-web', webPort),
  ]
}

/**
 * The URLs that clients are given. Those over TLS are left out while the certificate is self-signed:
 * a browser would refuse each of them and try all the same, in every call.
 */
export function turnUrls(ice: IceAddress): string[] {
  return turnDoors(ice)
    .filter(({ transport }) => ice.tlsTrusted === true || !transport.startsWith('tls'))
    .map(({ url }) => url)
}

/** Writes a host the way URLs want it: IPv6 addresses in brackets. */
export function hostInUrl(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host
}

/** Derives the doors from the configuration and the name that clients use; `source` is where the certificate came from. */
export function iceAddress(
  host: string,
  config: Readonly<{
    turn: Readonly<{ port: number; tls_port: number }>
    web: Readonly<{ https_port: number; tls: Readonly<{ mode: string }> }>
  }>,
  source?: CertificateSource,
): IceAddress {
  const { turn, web } = config
  const { mode } = web.tls
  if (mode === 'off') return { host, port: turn.port }
  return {
    host,
    port: turn.port,
    ...(turn.tls_port === 0 ? {} : { tlsPort: turn.tls_port }),
    webPort: web.https_port,
    tlsTrusted: source !== undefined && source !== 'self-signed',
  }
}
