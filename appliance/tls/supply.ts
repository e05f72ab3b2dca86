import { join } from 'node:path'
import type { Config } from '../config/schema.ts'
import { ACME_FILE } from './acme/keeper.ts'
import type { AcmeSettings } from './acme/settings.ts'
import { readCertificateFiles } from './certificate-files.ts'
import type { CertificateSource } from './certificate-words.ts'
import { type Choice, UPLOADED_FILE } from './choice.ts'
import { type KeyPair, parseKeyPair, readKeyPair } from './key-pair.ts'
import { loadSelfSigned } from './self-signed.ts'

/** A certificate to serve, and where it came from. */
export type Supplied = Readonly<{ pair: KeyPair; source: CertificateSource }>

/** Where to look for it. */
export type SupplyOptions = Readonly<{
  tls: Config['web']['tls']
  dataDir: string
  names: readonly string[]
  now: () => number
  log: Readonly<{ warn: (fields: object, message: string) => void }>
}>

/** What the configuration asks for, or what the admin page chose where it may. */
export type Wanted = Choice | Readonly<{ source: 'files' }>

/** Says what is wanted: the configuration's mode, where it is not the default, else the page's choice. */
export function wantedBy(tls: Config['web']['tls'], choice: Choice): Wanted {
  if (tls.mode === 'files') return { source: 'files' }
  return tls.mode === 'acme' ? { source: 'acme', acme: acmeSettingsOf(tls) } : choice
}

function acmeSettingsOf(tls: Config['web']['tls']): AcmeSettings {
  return {
    domain: tls.domain.toLowerCase(),
    email: tls.email,
    directoryUrl: tls.directory_url,
    directoryCa: '',
    directoryCaFile: tls.directory_ca_file,
    challenge: tls.challenge,
  }
}

/**
 * Loads the best certificate there is for what is wanted: where that is not there or damaged, a self-signed one. Throws
 * CERTIFICATE_UNREADABLE.
 */
export async function supply(wanted: Wanted, options: SupplyOptions): Promise<Supplied> {
  const { dataDir, names, now, log } = options
  const found = await findSupplied(wanted, options)
  if (found !== undefined) return found
  const onUnkept = (reason: string) =>
    log.warn({ dataDir, reason }, 'the self-signed certificate cannot be kept: make room for it')
  const pair = await loadSelfSigned({ dataDir, names, nowMs: now(), onUnkept })
  return { pair, source: 'self-signed' }
}

/** Finds the certificate that somebody else signed; `undefined` where there is none. Throws CERTIFICATE_UNREADABLE. */
export async function findSupplied(
  wanted: Wanted,
  { tls, dataDir }: Pick<SupplyOptions, 'tls' | 'dataDir'>,
): Promise<Supplied | undefined> {
  switch (wanted.source) {
    case 'files':
      return { pair: await readCertificateFiles(tls.cert_file, tls.key_file), source: 'files' }
    case 'uploaded':
      return readUploaded(dataDir)
    case 'acme':
      return readIssued(dataDir, wanted.acme.domain)
    default:
      return undefined
  }
}

async function readUploaded(dataDir: string): Promise<Supplied | undefined> {
  const pair = await readKeyPair(join(dataDir, UPLOADED_FILE))
  return pair && parseKeyPair(pair) && { pair, source: 'uploaded' }
}

/** The authority's for that domain; until that is there, the last good one. */
async function readIssued(dataDir: string, domain: string): Promise<Supplied | undefined> {
  const pair = await readKeyPair(join(dataDir, ACME_FILE))
  const certificate = pair && parseKeyPair(pair)
  const issued = certificate && ({ pair, source: 'acme' } as const)
  if (certificate?.checkHost(domain) !== undefined) return issued
  return (await readUploaded(dataDir)) ?? issued
}
