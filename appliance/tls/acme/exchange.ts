import { Agent, request } from 'node:https'
import { getCACertificates } from 'node:tls'
import { messageOf } from '../../errors.ts'
import { AcmeError } from './problems.ts'

/** A request to the authority. */
export type AcmeRequest = Readonly<{
  method: 'GET' | 'HEAD' | 'POST'
  url: string
  headers?: Readonly<Record<string, string>>
  body?: string
}>

/** Its answer, whatever the status. Header names are lower case. */
export type AcmeAnswer = Readonly<{
  status: number
  header: (name: string) => string | undefined
  text: string
}>

/** Sends requests to one authority. */
export interface Exchange {
  /** Throws an `AcmeError` ACME_UNREACHABLE when no whole answer comes. */
  send(request: AcmeRequest): Promise<AcmeAnswer>
  close(): void
}

/** How long an answer may take, and how large it may be. */
const PATIENCE_MS = 30_000
const MAX_BYTES = 512 * 1024

/**
 * Connects by HTTPS (RFC 8555 §6.1). With `ca` (PEM) that authority's certificate is believed, and no other; without, what
 * Node and the system trust.
 */
export function createExchange(ca: string | undefined, signal: AbortSignal): Exchange {
  const trusted = ca ?? [...getCACertificates('default'), ...getCACertificates('system')]
  const agent = new Agent({ keepAlive: true, ca: trusted })
  return {
    send: (wanted) => send(wanted, agent, signal),
    close: () => agent.destroy(),
  }
}

async function send(wanted: AcmeRequest, agent: Agent, signal: AbortSignal): Promise<AcmeAnswer> {
  if (!URL.canParse(wanted.url) || new URL(wanted.url).protocol !== 'https:') {
    throw unreachable(wanted.url, new Error('it is no https URL'))
  }
  const { method, url, headers = {}, body } = wanted
  const { promise, resolve, reject } = Promise.withResolvers<AcmeAnswer>()
  const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)])
  const outgoing = request(url, {
    method,
    agent,
    signal: patience,
    headers: { 'user-agent': 'callbox', 'accept-language': 'en', ...headers },
  })
  outgoing.on('error', (error) => reject(unreachable(url, error)))
  outgoing.on('response', (response) => {
    const chunks: Buffer[] = []
    let length = 0
    response.on('error', (error) => reject(unreachable(url, error)))
    response.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > MAX_BYTES) response.destroy(new Error('its answer is too long'))
      else chunks.push(chunk)
    })
    response.on('end', () => {
      const header = (name: string) => {
        const value = response.headers[name]
        return Array.isArray(value) ? value.join(', ') : value
      }
      const text = Buffer.concat(chunks).toString('utf8')
      resolve({ status: response.statusCode ?? 0, header, text })
    })
  })
  outgoing.end(body)
  return promise
}

const CLOCK_FAULT = /certificate (is not yet valid|has expired)/
const TLS_FAULT = /certificate|self.signed|altname|issuer/i

function unreachable(url: string, error: unknown): AcmeError {
  const reason = reasonOf(error)
  const host = URL.canParse(url) ? new URL(url).host : url
  return new AcmeError(
    'ACME_UNREACHABLE',
    `The authority at ${host} cannot be reached: ${reason}.`,
    fixFor(reason),
    { cause: error },
  )
}

function fixFor(reason: string): string {
  if (CLOCK_FAULT.test(reason)) {
    return 'Check the clock of this machine (timedatectl). If it is right, the authority has to renew its own certificate.'
  }
  return TLS_FAULT.test(reason)
    ? 'If the authority is one of yours, give its own root: web.tls.directory_ca_file, or Advanced on the admin page.'
    : 'Check the directory URL, and let this machine connect to it. It is tried again by itself.'
}

/** Several addresses tried in vain make an error without words of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ')
  if (error instanceof Error && error.name === 'TimeoutError') return 'no answer in time'
  if (error instanceof Error && error.cause instanceof Error && error.name === 'AbortError') {
    return error.cause.name === 'TimeoutError' ? 'no answer in time' : messageOf(error)
  }
  // Node adds a hint for those who start it by hand.
  return messageOf(error).replace(/; if the root CA .*/s, '')
}

/** Reads `Retry-After`, seconds or a date (RFC 9110 §10.2.3), as milliseconds from now. */
export function retryAfterMs(answer: AcmeAnswer, nowMs: number): number | undefined {
  const text = answer.header('retry-after')
  if (text === undefined) return undefined
  const ms = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - nowMs
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}
