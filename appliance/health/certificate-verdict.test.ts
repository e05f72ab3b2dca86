import type { PeerCertificate } from 'node:tls'
import t from 'tap'
import type { CertificateSource } from '../tls/certificate-words.ts'
import { judgeCertificate } from './certificate-verdict.ts'

const nowMs = Date.UTC(2026, 10, 23)
const DAY_MS = 86_400_000

/** What TLS tells of a certificate for one name that ends at this time, after so many days. */
function certificate(validToMs: number, days = 90): PeerCertificate {
  return {
    subject: { CN: 'calls.example.org' },
    subjectaltname: 'DNS:calls.example.org, IP Address:192.0.2.1',
    valid_from: new Date(validToMs - days * DAY_MS).toUTCString(),
    valid_to: new Date(validToMs).toUTCString(),
  } as unknown as PeerCertificate
}

t.test('lets a good certificate pass, by name and by IP', async (t) => {
  const good = certificate(nowMs + 60 * DAY_MS)
  for (const host of ['calls.example.org', '192.0.2.1']) {
    t.same(judgeCertificate(good, { host, source: 'files', nowMs }), { ok: true })
  }
})

t.test('does not call a short life an end that is near', async (t) => {
  const verdict = (leftDays: number, days: number) =>
    judgeCertificate(certificate(nowMs + leftDays * DAY_MS, days), {
      host: '192.0.2.1',
      source: 'acme',
      nowMs,
    })
  t.same(verdict(0.3, 1), { ok: true }, 'before it is renewed')
  t.match(verdict(0.2, 1), { ok: true, problem: /less than a day/ })
  t.same(verdict(12, 45), { ok: true })
  t.match(verdict(11, 45), { ok: true, problem: /expires in 11 days/ })
})

t.test('says in words what clients will not like', async (t) => {
  const judge = (
    validToMs: number,
    host = 'calls.example.org',
    source: CertificateSource = 'files',
  ) => judgeCertificate(certificate(validToMs), { host, source, nowMs })
  t.match(judge(nowMs - DAY_MS), { ok: false, problem: 'The certificate expired on 2026-11-22.' })
  t.match(judge(nowMs + 3 * DAY_MS), { ok: true, problem: /expires in 3 days/, fix: /Replace/ })
  const elsewhere = judge(nowMs + 60 * DAY_MS, 'other.example.org')
  t.match(elsewhere, { ok: false, problem: /\(other\.example\.org\)/, fix: /public_address/ })
  t.match(judge(nowMs + 60 * DAY_MS, 'other.example.org', 'self-signed'), {
    ok: true,
    problem: /self-signed/,
    fix: /web\.tls\.mode/,
  })
})

t.test('reads the date as OpenSSL writes it', async (t) => {
  const written = { ...certificate(0), valid_to: 'Nov 22 00:00:00 2026 GMT' }
  t.match(judgeCertificate(written, { host: '192.0.2.1', source: 'uploaded', nowMs }), {
    ok: false,
    problem: /2026-11-22/,
  })
})
