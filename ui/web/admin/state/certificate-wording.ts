import type { AcmeOrder, CertificateDetails, CertificateOrigin, ServedCertificate } from '#api'
import { formatCount, formatDateTime } from './format.ts'

const ORIGINS: Readonly<Record<CertificateOrigin, string>> = {
  'self-signed': 'Made by this server itself (self-signed)',
  files: 'Files that the configuration names',
  uploaded: 'Uploaded on this page',
  acme: 'Ordered with an authority (ACME), renewed by itself',
}

/** Says where a certificate came from. */
export function originWords(source: CertificateOrigin): string {
  return ORIGINS[source]
}

/** How long it is good, and how that looks: two weeks are few, of a short life its last quarter. */
export function lifeWords(
  { daysLeft, validFromMs, validUntilMs }: Life,
  nowMs: number,
): Readonly<{ tone: 'ok' | 'warn' | 'bad'; text: string }> {
  if (daysLeft < 0) return { tone: 'bad', text: 'Expired' }
  const text =
    daysLeft === 0 ? 'Less than a day left' : `${formatCount(daysLeft, 'day', 'days')} left`
  const fewMs = Math.min(TWO_WEEKS_MS, (validUntilMs - validFromMs) / 4)
  return { tone: validUntilMs - nowMs < fewMs ? 'warn' : 'ok', text }
}

type Life = Pick<ServedCertificate, 'daysLeft' | 'validFromMs' | 'validUntilMs'>

const TWO_WEEKS_MS = 14 * 86_400_000

/** Says how an order stands. */
export function orderWords(order: AcmeOrder, source: CertificateOrigin | undefined): string {
  if (order.isWorking) return `A certificate for ${order.domain} is being ordered.`
  const next = order.nextAttemptMs
  const when = next === undefined ? 'soon' : formatDateTime(next)
  if (order.problem !== undefined) return `It did not work. It is tried again at ${when}.`
  if (source !== 'acme') return `A certificate for ${order.domain} is on order.`
  return `The certificate for ${order.domain} is there. It is renewed at ${when}.`
}

/** Says what the authority must be able to reach, as far as this server can tell. */
export function reachWords({ proposal }: CertificateDetails): string {
  const { answersHttp, httpPort, httpsPort } = proposal
  const http = `port 80${mapped(80, httpPort)}`
  const https = `port 443${mapped(443, httpsPort)}`
  return answersHttp
    ? `The authority comes and looks: from the Internet the domain must lead to this server, on ${http} or on ${https}.`
    : `The authority comes and looks: from the Internet the domain must lead to this server, on ${https}. (With web.http_redirect in the configuration, ${http} would do too.)`
}

function mapped(usual: number, own: number): string {
  return own === usual ? '' : ` (led to port ${own} of this machine)`
}

/** Why a text is too long to be a certificate or a key; `undefined` when it is not. */
export function sizeFault(text: string, what: string): string | undefined {
  if (text.length <= MAX_PEM_LENGTH) return undefined
  return `The ${what} is larger than 48 kB. Upload the certificate and its chain only.`
}

const MAX_PEM_LENGTH = 48_000
