import type { Next, UiContext } from '../context.ts'
import type { RequestSource } from '../request-source.ts'

const FIXED = {
  // Join links carry tokens: no other site may learn where a visitor came from.
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy':
    'microphone=(self), camera=(self), display-capture=(self), geolocation=(), payment=(), usb=()',
}

const ONE_YEAR_SECONDS = 365 * 24 * 60 * 60

/** Puts the headers on every answer that keep a page to itself: nothing inline, nothing from elsewhere. */
export function securityHeaders() {
  return async (ctx: UiContext, next: Next): Promise<void> => {
    ctx.set(FIXED)
    ctx.set('Content-Security-Policy', contentSecurityPolicy(ctx.state.source))
    if (ownsWholeHost(ctx.state.source)) {
      ctx.set('Strict-Transport-Security', `max-age=${ONE_YEAR_SECONDS}`)
    }
    await next()
  }
}

/** The host is spelt out for WebSockets because Safari before 15.4 does not count them as 'self'. */
function contentSecurityPolicy({ host, secure }: RequestSource): string {
  const socket = host === '' ? '' : ` ${secure ? 'wss' : 'ws'}://${host}`
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    `connect-src 'self'${socket}`,
    "media-src 'self' blob: mediastream:",
    "worker-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
  ].join('; ')
}

/**
 * Strict transport security covers every port of a host (RFC 6797 §8.3). On another port than 443
 * the host also serves others, such as a chat server on plain HTTP, which it would cut off.
 */
function ownsWholeHost({ host, secure }: RequestSource): boolean {
  return secure && host !== '' && !/:\d+$/.test(host)
}
