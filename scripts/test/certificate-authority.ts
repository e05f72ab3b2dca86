import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate } from 'selfsigned'

/** A certificate with its key, PEM. */
export type CertificatePair = Readonly<{ cert: string; key: string }>

/** An authority of a test's own, which browsers can be told to trust. */
export class CertificateAuthority {
  /** Its certificate, PEM. */
  readonly cert: string
  readonly #key: string

  private constructor({ cert, key }: CertificatePair) {
    this.cert = cert
    this.#key = key
  }

  static async create(): Promise<CertificateAuthority> {
    const pair = await generate([{ name: 'commonName', value: 'Callbox test authority' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
      ],
    })
    return new CertificateAuthority({ cert: pair.cert, key: pair.private })
  }

  /** Signs a certificate for host names and addresses. */
  async issue(
    names: Readonly<{ hosts: readonly string[]; ips: readonly string[]; notAfter?: Date }>,
  ) {
    const pair = await generate([{ name: 'commonName', value: names.hosts[0] ?? '' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      ca: { cert: this.cert, key: this.#key },
      ...(names.notAfter && {
        notBeforeDate: new Date(names.notAfter.getTime() - 86_400_000),
        notAfterDate: names.notAfter,
      }),
      extensions: [
        { name: 'basicConstraints', cA: false },
        { name: 'keyUsage', digitalSignature: true, critical: true },
        { name: 'extKeyUsage', serverAuth: true },
        {
          name: 'subjectAltName',
          altNames: [
            ...names.hosts.map((value) => ({ type: 2 as const, value })),
            ...names.ips.map((ip) => ({ type: 7 as const, ip })),
          ],
        },
      ],
    })
    return { cert: pair.cert, key: pair.private } satisfies CertificatePair
  }

  /** Adds it to the NSS database in a folder, as one that may vouch for servers; makes the database. */
  trustIn(database: string): void {
    mkdirSync(database, { recursive: true })
    const folder = mkdtempSync(join(tmpdir(), 'callbox-authority-'))
    const file = join(folder, 'authority.pem')
    writeFileSync(file, this.cert)
    const at = ['-d', `sql:${database}`]
    execFileSync('certutil', ['-N', ...at, '--empty-password'])
    execFileSync('certutil', ['-A', ...at, '-n', 'Callbox test', '-t', 'C,,', '-i', file])
    rmSync(folder, { recursive: true })
  }
}
