import type { CertificateLife } from '../../tls/certificate-words.ts'
import type { Add } from './registry.ts'

/** Adds the certificate in use, and the order of the next one. */
export function addCertificate(
  add: Add,
  certificate: () => CertificateLife | undefined,
  order: () => Readonly<{ failures: number; nextAttemptMs: number | undefined }> | undefined,
): void {
  add({ name: 'certificate_left_seconds', help: 'Time until the certificate expires' }, () => {
    const life = certificate()
    return life === undefined ? [] : [[{}, Math.round((life.validUntilMs - Date.now()) / 1000)]]
  })
  add(
    { name: 'certificate_info', help: 'Where the certificate came from', labels: ['source'] },
    () => {
      const life = certificate()
      return life === undefined ? [] : [[{ source: life.source }, 1]]
    },
  )
  add({ name: 'acme_failures', help: 'Orders of a certificate that failed in a row' }, () => {
    const ordering = order()
    return ordering === undefined ? [] : [[{}, ordering.failures]]
  })
  add(
    { name: 'acme_next_attempt_timestamp_seconds', help: 'When a certificate is ordered next' },
    () => {
      const atMs = order()?.nextAttemptMs
      return atMs === undefined ? [] : [[{}, atMs / 1000]]
    },
  )
}
