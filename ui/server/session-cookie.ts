import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestSource } from './request-source.ts'

const NAME = 'callbox_session'

/**
 * The cookie's value, `undefined` without one. Over TLS only the `__Host-` name counts: a page on
 * another port or subdomain cannot set that one.
 */
export function readSessionCookie(
  request: IncomingMessage,
  source: RequestSource,
): string | undefined {
  const name = cookieName(source)
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [key, value] = part.split('=', 2)
    if (key?.trim() === name && value) return value.trim()
  }
  return undefined
}

/** Hands the browser a log-in's cookie; it lives until the browser closes or the server ends it. */
export function setSessionCookie(
  response: ServerResponse,
  source: RequestSource,
  token: string,
): void {
  response.setHeader('Set-Cookie', `${cookieName(source)}=${token}; ${attributes(source)}`)
}

/** Makes the browser forget the cookie. */
export function clearSessionCookie(response: ServerResponse, source: RequestSource): void {
  response.setHeader('Set-Cookie', `${cookieName(source)}=; ${attributes(source)}; Max-Age=0`)
}

function cookieName(source: RequestSource): string {
  return source.secure ? `__Host-${NAME}` : NAME
}

function attributes(source: RequestSource): string {
  return `Path=/; HttpOnly; SameSite=Strict${source.secure ? '; Secure' : ''}`
}
