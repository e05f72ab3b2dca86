import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import type { Warning } from '../warning.ts'

const DAY_MS = 86_400_000

/** Less time than this left on a certificate is worth a warning. */
const WARNING_MS = 14 * DAY_MS

/** The same as a share of its life, for those that live shorter: they are renewed with a third left. */
const WARNING_SHARE = 1 / 4

/** Where a certificate comes from that is served. */
export type CertificateSource = 'self-signed' | 'files' | 'uploaded' | 'acme'

/** Says how long a certificate is good, and where it came from. */
export type CertificateLife = Readonly<{
  source: CertificateSource
  validFromMs: number
  validUntilMs: number
}>

const REPLACE: Readonly<Record<CertificateSource, string>> = {
  files: 'Replace web.tls.cert_file and web.tls.key_file; they are read again by themselves.',
  uploaded: 'Upload a new one on the admin page, under Certificate; it takes effect at once.',
  acme: 'It should have been renewed: the admin page says under Certificate why it was not.',
  'self-signed': 'Restart the appliance: it makes another. Check the clock of this machine.',
}

/** What to do so that browsers believe the server. */
export const GET_CERTIFICATE =
  'Order or upload a certificate for your host name on the admin page, under Certificate, or set web.tls.mode to `files` or `acme`.'

/** What to do about a certificate that has run out or soon will. */
export function replaceAdvice(source: CertificateSource): string {
  return REPLACE[source]
}

/** Whole days until then; negative once it is past. */
export function wholeDays(untilMs: number, nowMs: number): number {
  return Math.floor((untilMs - nowMs) / DAY_MS)
}

/** Reads the life of a certificate. */
export function lifeOf(
  { validFromDate, validToDate }: X509Certificate,
  source: CertificateSource,
): CertificateLife {
  return { source, validFromMs: validFromDate.getTime(), validUntilMs: validToDate.getTime() }
}

/** Says that a certificate has run out or soon will; `undefined` while it is good for long. */
export function expiryWarning(
  { source, validFromMs, validUntilMs }: CertificateLife,
  nowMs: number,
): (Warning & Readonly<{ expired: boolean }>) | undefined {
  const fix = replaceAdvice(source)
  if (validUntilMs < nowMs) {
    const on = new Date(validUntilMs).toISOString().slice(0, 10)
    return { expired: true, message: `The certificate expired on ${on}.`, fix }
  }
  const warningMs = Math.min(WARNING_MS, (validUntilMs - validFromMs) * WARNING_SHARE)
  if (validUntilMs - nowMs >= warningMs) return undefined
  const days = inDays(wholeDays(validUntilMs, nowMs))
  return { expired: false, message: `The certificate expires in ${days}.`, fix }
}

function inDays(days: number): string {
  if (days === 0) return 'less than a day'
  return days === 1 ? '1 day' : `${days} days`
}

/** Says that a certificate is not for the name that clients are given. */
export function otherName(host: string): Warning {
  return {
    message: `The certificate does not hold the name that clients are given (${host}).`,
    fix: 'Set public_address to a name of the certificate, or get one that holds it.',
  }
}

/** The same of a certificate that others signed; `undefined` when it is for the host. */
export function nameWarning(
  certificate: X509Certificate,
  source: CertificateSource,
  host: string,
): Warning | undefined {
  if (source === 'self-signed') return undefined
  const found = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)
  return found === undefined ? otherName(host) : undefined
}
