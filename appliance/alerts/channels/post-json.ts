import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { getCACertificates } from 'node:tls'
import { ChannelFault } from './channel.ts'
import { connectionWords } from './connection-words.ts'

/** How a webhook is asked; tests trust an authority of their own and wait less. */
export type PostOptions = Readonly<{ timeoutMs?: number; ca?: readonly string[] }>

const TIMEOUT_MS = 10_000

/** Tells that it came too often, or that the other side has trouble of its own. */
const IS_TEMPORARY = (status: number) => status === 408 || status === 429 || status >= 500

/**
 * Posts JSON to a webhook; answers what it said, in words. Redirects are not followed: what is in
 * the address is for one host. Throws `ChannelFault`.
 */
export async function postJson(
  url: URL,
  body: object,
  stopped: AbortSignal,
  { timeoutMs = TIMEOUT_MS, ca = trustedAuthorities() }: PostOptions = {},
): Promise<string> {
  const status = await exchange(url, JSON.stringify(body), {
    // For the whole exchange: an answer that comes byte by byte is none.
    signal: AbortSignal.any([stopped, AbortSignal.timeout(timeoutMs)]),
    ca,
  })
  if (status >= 200 && status < 300) return `taken (${status})`
  if (status >= 300 && status < 400) {
    throw new ChannelFault(`it leads elsewhere (${status}), which is not followed`, true)
  }
  throw new ChannelFault(statusWords(status), !IS_TEMPORARY(status))
}

function statusWords(status: number): string {
  if (status === 401 || status === 403) return `it does not admit us (${status})`
  if (status === 404) return 'there is no such webhook (404)'
  return `it answered ${status}`
}

function exchange(
  url: URL,
  body: string,
  { signal, ca }: Readonly<{ signal: AbortSignal; ca: readonly string[] }>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(new ChannelFault(connectionWords(error), false))
    const isSecure = url.protocol === 'https:'
    const options = {
      method: 'POST',
      agent: false,
      signal,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'callbox-alerts',
      },
    }
    const sent = isSecure
      ? httpsRequest(url, { ...options, ca: [...ca], minVersion: 'TLSv1.2' })
      : httpRequest(url, options)
    sent.once('error', fail)
    sent.once('response', (answer) => {
      // What it says beside the status may be as long as it likes: nobody reads it.
      answer.destroy()
      resolve(answer.statusCode ?? 0)
    })
    sent.end(body)
  })
}

/** Those that Node trusts, and those that this system's administrators added. */
export function trustedAuthorities(): readonly string[] {
  return [...getCACertificates('default'), ...getCACertificates('system')]
}
