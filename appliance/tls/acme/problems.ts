import { z } from 'zod'
import { ApplianceError, type ApplianceErrorCode } from '../../errors.ts'

/** A problem document (RFC 7807) as ACME authorities send them (RFC 8555 §6.7). */
export type AcmeProblem = Readonly<{ type: string; detail: string }>

const PREFIX = 'urn:ietf:params:acme:error:'

const problemSchema = z.object({
  type: z.string().max(300).default('about:blank'),
  detail: z.string().default(''),
  subproblems: z.array(z.object({ detail: z.string().default('') })).optional(),
})

/** Authorities say much; a line is enough to act on. */
const DETAIL_LENGTH = 400

/** Why an ACME authority gave no certificate, and when one may ask again at the earliest. */
export class AcmeError extends ApplianceError {
  /** RFC 8555's name of the problem without its prefix (`rateLimited`), empty when there is none. */
  readonly type: string
  /** The authority's `Retry-After`, in milliseconds; `undefined` where it named no time. */
  readonly retryAfterMs: number | undefined

  constructor(
    code: ApplianceErrorCode,
    message: string,
    fix: string,
    more: Readonly<{ type?: string; retryAfterMs?: number | undefined; cause?: unknown }> = {},
  ) {
    super(code, message, fix, more.cause)
    this.name = 'AcmeError'
    this.type = more.type ?? ''
    this.retryAfterMs = more.retryAfterMs
  }
}

/** Reads a problem document; one that is none becomes a problem without a type. */
export function parseProblem(value: unknown): AcmeProblem {
  const { data } = problemSchema.safeParse(value)
  if (data === undefined) return { type: '', detail: '' }
  const all = [data.detail, ...(data.subproblems ?? []).map(({ detail }) => detail)]
  const detail = all.filter(Boolean).join(' ').replaceAll(/\s+/g, ' ').trim()
  const type = data.type.startsWith(PREFIX) ? data.type.slice(PREFIX.length) : ''
  return { type, detail: detail.slice(0, DETAIL_LENGTH) }
}

const ASK_AUTHORITY = 'Ask whoever runs the authority, or choose another one.'

/** What to do about the problems that the authority answers a request with. */
const REQUEST_FIXES: Readonly<Record<string, string>> = {
  accountDoesNotExist: 'Nothing: a new account is made at the next attempt.',
  badCSR: ASK_AUTHORITY,
  externalAccountRequired:
    'This authority wants accounts made beforehand, which is not supported: choose another one.',
  invalidContact: 'Correct the e-mail address, or leave it empty.',
  unsupportedContact: 'Correct the e-mail address, or leave it empty.',
  rateLimited:
    'Wait: it is tried again when the authority allows it. Asking more often makes it longer.',
  rejectedIdentifier:
    'Name a domain that this authority gives certificates for: public ones take only names of the public DNS.',
  unsupportedIdentifier: 'Name a domain that this authority gives certificates for.',
  caa: 'The CAA records of the domain name other authorities: add this one to them, or choose one that they name.',
  serverInternal:
    'Nothing here: the authority has trouble of its own. It is tried again by itself.',
  userActionRequired:
    'The authority has new terms. Read them at its web site, and order the certificate again.',
}

/** Turns the authority's refusal of a request into words. */
export function refusedRequest(
  problem: AcmeProblem,
  status: number,
  retryAfterMs: number | undefined,
): AcmeError {
  const { type, detail } = problem
  const reason = detail || `it answered with status ${status}`
  const fix = REQUEST_FIXES[type] ?? (status >= 500 ? REQUEST_FIXES['serverInternal'] : undefined)
  return new AcmeError(
    'ACME_REFUSED',
    `The authority gives no certificate: ${withoutStop(reason)}.`,
    fix ?? ASK_AUTHORITY,
    { type, retryAfterMs },
  )
}

/** How the authority looks at the domain: by plain HTTP, or by a TLS handshake. */
export type ChallengeType = 'http-01' | 'tls-alpn-01'

/** What people call a challenge, and the port that the authority comes to (RFC 8555 §8.3, RFC 8737 §3). */
export const CHALLENGES: Readonly<Record<ChallengeType, { name: string; port: number }>> = {
  'http-01': { name: 'HTTP-01', port: 80 },
  'tls-alpn-01': { name: 'TLS-ALPN-01', port: 443 },
}

/** Turns what the authority found when it looked at the domain into words. */
export function failedChallenge(
  problem: AcmeProblem,
  domain: string,
  challenge: ChallengeType,
): AcmeError {
  const { name, port } = CHALLENGES[challenge]
  const { type, detail } = problem
  const reason = detail === '' ? '' : ` It says: ${withoutStop(detail)}.`
  return new AcmeError(
    'ACME_CHALLENGE_FAILED',
    `The authority looked at ${domain} (${name}, port ${port}) and did not find this server.${reason}`,
    challengeFix(type, domain, port),
    { type },
  )
}

function challengeFix(type: string, domain: string, port: number): string {
  if (type === 'dns') {
    return `Let the DNS name ${domain} lead to the public address of this server, and wait until it does everywhere.`
  }
  if (type === 'caa') return REQUEST_FIXES['caa'] ?? ''
  if (type === 'connection') {
    return `Let port ${port}/tcp through from everywhere, in the firewall, the router and the cloud's rules, and see that ${domain} leads here.`
  }
  return `See that ${domain} leads to this server and that nothing else answers there on port ${port}.`
}

function withoutStop(text: string): string {
  return text.replace(/[.\s]+$/, '')
}
