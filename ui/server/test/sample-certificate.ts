import type { AcmeOrder, CertificateDetails } from '#api'
import type { CertificateAdmin } from '../deps.ts'

const DAY_MS = 86_400_000

/** A fresh server: self-signed, nothing ordered. */
export function selfSigned(atMs: number): CertificateDetails {
  return {
    atMs,
    mode: 'self-signed',
    served: {
      source: 'self-signed',
      names: ['192.0.2.7', 'localhost', '127.0.0.1', '::1', 'callbox'],
      issuer: '192.0.2.7',
      validFromMs: atMs - DAY_MS,
      validUntilMs: atMs + 396 * DAY_MS,
      daysLeft: 396,
      fingerprint: Array.from({ length: 32 }, (_, n) => (n + 160).toString(16))
        .join(':')
        .toUpperCase(),
      chainLength: 0,
    },
    notices: [
      {
        tone: 'warn',
        message:
          'The certificate is self-signed: browsers warn, and no browser uses TURN over TLS.',
        fix: 'Order or upload one for your host name below.',
      },
    ],
    order: undefined,
    proposal: {
      domain: 'calls.example.org',
      directoryUrl: 'https://acme-v02.api.letsencrypt.org/directory',
      answersHttp: true,
      httpPort: 80,
      httpsPort: 443,
    },
  }
}

/** An order that the authority is about to look at. */
export function ordering(atMs: number): CertificateDetails {
  return {
    ...selfSigned(atMs),
    order: orderOf(atMs, { isWorking: true, nextAttemptMs: undefined }),
  }
}

/** An order that failed. */
export function orderFailed(atMs: number): CertificateDetails {
  const problem = {
    message:
      'The authority looked at calls.example.org (HTTP-01, port 80) and did not find this server. It says: Timeout during connect (likely firewall problem).',
    fix: 'Let port 80/tcp through from everywhere, in the firewall, the router and the cloud’s rules, and see that calls.example.org leads here.',
  }
  return { ...selfSigned(atMs), order: orderOf(atMs, { problem, nextAttemptMs: atMs + 1_200_000 }) }
}

/** A certificate of an authority. */
export function issued(atMs: number): CertificateDetails {
  const { served, ...rest } = selfSigned(atMs)
  return {
    ...rest,
    served: served && {
      ...served,
      source: 'acme',
      names: ['calls.example.org'],
      issuer: 'E7, Let’s Encrypt',
      validUntilMs: atMs + 89 * DAY_MS,
      daysLeft: 89,
      chainLength: 1,
    },
    notices: [],
    order: orderOf(atMs, { nextAttemptMs: atMs + 60 * DAY_MS }),
  }
}

/** One whose time is over, from files that the configuration names. */
export function expiredFiles(atMs: number): CertificateDetails {
  const { served, ...rest } = issued(atMs)
  return {
    ...rest,
    mode: 'files',
    served: served && { ...served, source: 'files', validUntilMs: atMs - DAY_MS, daysLeft: -1 },
    notices: [
      {
        tone: 'bad',
        message: 'The certificate expired on 2027-01-14.',
        fix: 'Replace web.tls.cert_file and web.tls.key_file; they are read again by themselves.',
      },
    ],
    order: undefined,
  }
}

function orderOf(atMs: number, more: Partial<AcmeOrder>): AcmeOrder {
  return {
    domain: 'calls.example.org',
    email: 'admin@example.org',
    directoryUrl: 'https://acme-v02.api.letsencrypt.org/directory',
    hasOwnCa: false,
    challenge: 'auto',
    isWorking: false,
    steps: [
      { atMs: atMs - 3000, text: 'Asking the authority at acme-v02.api.letsencrypt.org.' },
      { atMs: atMs - 2000, text: 'Ordering a certificate for calls.example.org.' },
      { atMs: atMs - 1000, text: 'The authority looks at calls.example.org (HTTP-01, port 80).' },
    ],
    problem: undefined,
    nextAttemptMs: undefined,
    ...more,
  }
}

/** A certificate in a test's hand: it notes what it is asked for and shows what `details` makes. */
export type ScriptedCertificate = CertificateAdmin & {
  readonly asked: unknown[]
  /** What the next change is refused with. */
  refusal: string | undefined
}

/** Starts from these facts. */
export function scriptedCertificate(details: () => CertificateDetails): ScriptedCertificate {
  const asked: unknown[] = []
  const note = (what: unknown) => {
    asked.push(what)
    const message = scripted.refusal
    return message === undefined ? ({ ok: true } as const) : ({ ok: false, message } as const)
  }
  const scripted: ScriptedCertificate = {
    asked,
    refusal: undefined,
    details,
    upload: async (upload) => note({ upload }),
    order: async (order) => note({ order }),
    orderNow: () => note('order now'),
    goBack: async () => note('go back'),
  }
  return scripted
}
