import type { IncomingMessage } from 'node:http'
import type { RequestSource } from './request-source.ts'

/**
 * Whether a browser says that a page of this server made the request. A request with neither
 * `Origin` nor `Sec-Fetch-Site` comes from a program, which carries nobody's cookies: that is let
 * through here. A proxy may rewrite `Host`, so the public origin counts too.
 */
export function isSameOrigin(
  request: IncomingMessage,
  source: RequestSource,
  publicOrigin: string,
): boolean {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') return false
  const origin = request.headers.origin
  return origin === undefined || isOwnOrigin(origin, source, publicOrigin)
}

/**
 * Whether an `Origin` header names this server. Over TLS the origin must be `https`; on a plain
 * connection it may be either, because a proxy that was not declared may speak TLS to the browser.
 */
export function isOwnOrigin(origin: string, source: RequestSource, publicOrigin: string): boolean {
  if (origin === publicOrigin) return true
  if (source.host === '' || !URL.canParse(origin)) return false
  const { protocol, host } = new URL(origin)
  if (source.secure && protocol !== 'https:') return false
  return host === new URL(`${protocol}//${source.host}`).host
}
