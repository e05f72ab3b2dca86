import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import {
  type CertificateSource,
  expiryWarning,
  GET_CERTIFICATE,
  otherName,
} from '../tls/certificate-words.ts'

/** What a client will make of a certificate; `ok` is whether it will go on. */
export type CertificateVerdict = Readonly<{ ok: boolean; problem?: string; fix?: string }>

/** Judges the certificate that a TLS door shows, the way a client that was given `host` does. */
export function judgeCertificate(
  certificate: PeerCertificate,
  about: Readonly<{ host: string; source: CertificateSource; nowMs: number }>,
): CertificateVerdict {
  const { source, nowMs, host } = about
  const validFromMs = Date.parse(certificate.valid_from)
  const validUntilMs = Date.parse(certificate.valid_to)
  const expiry = expiryWarning({ source, validFromMs, validUntilMs }, nowMs)
  if (expiry?.expired) return { ok: false, problem: expiry.message, fix: expiry.fix }
  if (source === 'self-signed') {
    return {
      ok: true,
      problem: 'The certificate is self-signed: browsers refuse TURN over TLS without a word.',
      fix: GET_CERTIFICATE,
    }
  }
  if (checkServerIdentity(host, certificate) !== undefined) {
    const { message, fix } = otherName(host)
    return { ok: false, problem: message, fix }
  }
  if (expiry === undefined) return { ok: true }
  return { ok: true, problem: expiry.message, fix: expiry.fix }
}
