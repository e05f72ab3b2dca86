import { type RequestOptions, request } from 'node:https'
import { type ConnectionOptions, getCACertificates } from 'node:tls'
import { messageOf, systemErrorCode } from '../errors.ts'

/** How long an answer may take. */
const PATIENCE_MS = 5000
/** What is read of an answer; a server that is not ours may send any amount. */
const MAX_BYTES = 64 * 1024

/** What to ask for besides the address. */
export type Question = Readonly<{
  method?: 'GET' | 'POST'
  headers?: Readonly<Record<string, string>>
  body?: string
}>

/** An answer; `distrust` says why a strict client would not have asked, where it is so. */
export type Answer = Readonly<{ status: number; text: string; distrust: string | undefined }>

/** Nobody answered in a way that counts: `message` is a sentence. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
  /** Whether who answers has a certificate that is neither believed nor ours. */
  readonly isStranger: boolean

  constructor(message: string, isStranger = false) {
    super(message)
    this.isStranger = isStranger
  }
}

/** How a certificate is checked, and what a strict client has against it. */
export type Trust = Readonly<{ tls: ConnectionOptions; distrust: string | undefined }>

/**
 * Runs `attempt` as a strict client does, by the authorities that this machine believes. Where these do
 * not vouch for the certificate it is tried once more, for our own certificate `own` (PEM) alone: what
 * is sent holds keys, which nobody else is to get. Throws a `NoAnswer`.
 */
export async function strictly<T>(
  own: string | undefined,
  attempt: (trust: Trust) => Promise<T>,
): Promise<T> {
  try {
    return await attempt({ tls: { ca: authorities() }, distrust: undefined })
  } catch (error) {
    const distrust = certificateFault(error)
    if (distrust === undefined) throw new NoAnswer(explain(error))
    if (own === undefined) throw new NoAnswer(distrust, true)
    return await pinned(own, distrust, attempt)
  }
}

/** Tries it for one certificate alone. */
async function pinned<T>(
  own: string,
  distrust: string,
  attempt: (trust: Trust) => Promise<T>,
): Promise<T> {
  const tls = { ca: own, allowPartialTrustChain: true, checkServerIdentity: () => undefined }
  try {
    return await attempt({ tls, distrust })
  } catch (error) {
    if (certificateFault(error) === undefined) throw new NoAnswer(explain(error))
    const isOld = systemErrorCode(error) === 'CERT_HAS_EXPIRED'
    throw new NoAnswer(isOld ? distrust : `${distrust} It is not the one of this server.`, !isOld)
  }
}

/** Asks over HTTPS, as `strictly` does. Throws a `NoAnswer`. */
export function ask(own: string | undefined, url: string, question: Question): Promise<Answer> {
  return strictly(own, async ({ tls, distrust }) => ({
    ...(await exchange(url, question, tls)),
    distrust,
  }))
}

function authorities(): string[] {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system')])]
}

async function exchange(url: string, question: Question, tls: ConnectionOptions) {
  const { method = 'GET', headers = {}, body } = question
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>()
  const options: RequestOptions = { method, headers, agent: false, ...tls }
  const outgoing = request(url, { ...options, signal: AbortSignal.timeout(PATIENCE_MS) })
  outgoing.on('error', reject)
  outgoing.on('response', (incoming) => {
    const chunks: Buffer[] = []
    let size = 0
    const end = () => {
      resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString() })
      outgoing.destroy()
    }
    incoming.on('error', reject)
    incoming.on('end', end)
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length
      chunks.push(chunk)
      if (size > MAX_BYTES) end()
    })
  })
  outgoing.end(body)
  return promise
}

const CERTIFICATE_FAULTS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'The certificate is self-signed: no client believes it.',
  SELF_SIGNED_CERT_IN_CHAIN: 'No authority that this machine believes signed the certificate.',
  UNABLE_TO_GET_ISSUER_CERT: 'No authority that this machine believes signed the certificate.',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'No authority that this machine believes signed the certificate, or the certificates in between are missing.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'The certificates between this one and its authority are missing: browsers may know them, chat servers do not.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'The certificate is for another name than the announced one.',
  CERT_HAS_EXPIRED: 'The certificate has expired.',
  CERT_NOT_YET_VALID: 'The certificate is not valid yet: a clock is wrong.',
}

function certificateFault(error: unknown): string | undefined {
  const code = systemErrorCode(error)
  return code !== undefined && Object.hasOwn(CERTIFICATE_FAULTS, code)
    ? CERTIFICATE_FAULTS[code]
    : undefined
}

/** Says what went wrong on the way. */
export function explain(error: unknown): string {
  if (error instanceof Error && ['AbortError', 'TimeoutError'].includes(error.name)) {
    return `No answer within ${PATIENCE_MS / 1000} seconds.`
  }
  const code = systemErrorCode(error)
  if (code === 'ECONNREFUSED') return 'Nobody listens there.'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'The name does not resolve.'
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return 'There is no way to that address.'
  if (code === 'ETIMEDOUT') return 'No answer.'
  return `It failed: ${messageOf(error)}.`
}
