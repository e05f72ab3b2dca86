import type { AcmeOrder, CertificateDetails, CertificateOrigin } from '#api'
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

/** How long it is good, and how that looks. */
export function lifeWords(
  daysLeft: number,
): Readonly<{ tone: 'ok' | 'warn' | 'bad'; text: string }> {
  if (daysLeft < 0) return { tone: 'bad', text: 'Expired' }
  const text =
    daysLeft === 0 ? 'Less than a day left' : `${formatCount(daysLeft, 'day', 'days')} left`
  return { tone: daysLeft < 14 ? 'warn' : 'ok', text }
}

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
