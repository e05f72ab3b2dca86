import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import { CERTIFICATE_WARNING_DAYS, REPLACE_CERTIFICATE } from '../start-output.ts'

const DAY_MS = 86_400_000

/** What a client will make of a certificate; `ok` is whether it will go on. */
export type CertificateVerdict = Readonly<{ ok: boolean; problem?: string; fix?: string }>

/** Judges the certificate that a TLS door shows, the way a client that was given `host` does. */
export function judgeCertificate(
  certificate: PeerCertificate,
  about: Readonly<{ host: string; selfSigned: boolean; nowMs: number }>,
): CertificateVerdict {
  const expiresAtMs = Date.parse(certificate.valid_to)
  if (expiresAtMs < about.nowMs) {
    const on = new Date(expiresAtMs).toISOString().slice(0, 10)
    return { ok: false, problem: `The certificate expired on ${on}.`, fix: REPLACE_CERTIFICATE }
  }
  if (about.selfSigned) {
    return {
      ok: true,
      problem: 'The certificate is self-signed: browsers refuse TURN over TLS without a word.',
      fix: 'Set web.tls.mode to `files` with a certificate of your host name.',
    }
  }
  if (checkServerIdentity(about.host, certificate) !== undefined) {
    return {
      ok: false,
      problem: `The certificate does not hold the name that clients are given (${about.host}).`,
      fix: 'Set public_address to a name of the certificate, or get one that holds it.',
    }
  }
  const days = Math.floor((expiresAtMs - about.nowMs) / DAY_MS)
  if (days >= CERTIFICATE_WARNING_DAYS) return { ok: true }
  return { ok: true, problem: `The certificate expires in ${days} days.`, fix: REPLACE_CERTIFICATE }
}
