import type { IncomingMessage, ServerResponse } from 'node:http'
import { validatePath } from './admission.ts'
import type { LivekitDoor } from './livekit-door.ts'

/** Tokens, not origins, decide who may join, so pages of any origin may ask (Fetch standard, CORS). */
export const corsHeaders: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'OPTIONS, HEAD, GET, POST, PATCH, DELETE',
  'access-control-allow-headers': '*, Authorization',
  'access-control-expose-headers': '*',
  'access-control-max-age': '86400',
}

/** The path of the signal connection. */
export const signalPath = '/rtc'

/** Paths of the protocol with one peer connection. Their absence makes clients take `/rtc` with two. */
const singleConnectionPaths: ReadonlySet<string> = new Set(['/rtc/v1', '/rtc/v1/validate'])

/** A request's address with doubled slashes in its path made single; `undefined` when it is none. */
export function parseAddress(request: IncomingMessage): URL | undefined {
  const [path = '/', query = ''] = (request.url ?? '/').split(/\?(.*)/s)
  const plain = path.replaceAll(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '')
  const text = `http://localhost${plain.startsWith('/') ? plain : '/'}?${query}`
  return URL.canParse(text) ? new URL(text) : undefined
}

/** Whether the path belongs to this front door. */
export function isOurs(url: URL): boolean {
  const { pathname } = url
  return pathname === signalPath || pathname === validatePath || singleConnectionPaths.has(pathname)
}

/** Answers a request to one of our paths. Rejects only because of a bug. */
export async function answerRequest(
  door: LivekitDoor,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = parseAddress(request)
  if (request.method === 'OPTIONS') {
    response.writeHead(204, corsHeaders).end()
    return
  }
  if (url?.pathname !== validatePath) {
    answer(response, 404, '404 page not found')
    return
  }
  const checked = await door.authorize(url, request)
  if (checked.ok) answer(response, 200, 'success')
  else answer(response, checked.fault.status, checked.fault.message)
}

function answer(response: ServerResponse, status: number, text: string): void {
  const headers = { ...corsHeaders, 'content-type': 'text/plain; charset=utf-8' }
  response.writeHead(status, headers).end(text)
}
