import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import ipaddr from 'ipaddr.js'
import { generate } from 'selfsigned'
import { createDataDir, writePrivately } from '../data-dir.ts'
import { messageOf, systemErrorCode } from '../errors.ts'
import { type KeyPair, keyPairText, parseKeyPair, readKeyPair, withNewline } from './key-pair.ts'

/** The certificate and its key in the data directory. */
export const SELF_SIGNED_FILE = 'self-signed.pem'
const DAY_MS = 86_400_000

/** Browsers refuse server certificates that are valid for more than 398 days. */
const VALID_DAYS = 397

/** A certificate with less left than this is replaced. */
const RENEW_BEFORE_DAYS = 30

/** Where a self-signed certificate is kept, whom it is for, and the time in ms since the epoch. */
export type SelfSignedOptions = Readonly<{
  dataDir: string
  names: readonly string[]
  nowMs: number
  /** Told why the one that was made could not be kept. */
  onUnkept?: (reason: string) => void
}>

/**
 * Loads the self-signed certificate of the data directory, or makes one: when there is none, when it runs out within 30
 * days or was made by a clock that was ahead, or when it lacks one of the names. On a full disk the old one does as long
 * as it is good, then one that the next start does not know: to serve nobody would be worse.
 */
export async function loadSelfSigned(options: SelfSignedOptions): Promise<KeyPair> {
  const file = join(options.dataDir, SELF_SIGNED_FILE)
  const names = certificateNames(options.names)
  const kept = await readKeyPair(file)
  if (kept !== undefined && isFit(kept, names, options.nowMs)) return kept
  const pair = await makeSelfSigned(names, options.nowMs)
  await createDataDir(options.dataDir)
  try {
    await writePrivately(file, keyPairText(pair))
    return pair
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error
    options.onUnkept?.(messageOf(error))
    const old = kept && parseKeyPair(kept)
    return kept && old && daysLeft(old, options.nowMs) > 0 ? kept : pair
  }
}

/** The given names and those under which the machine knows itself, each once. */
export function certificateNames(names: readonly string[]): string[] {
  return [...new Set([...names, 'localhost', '127.0.0.1', '::1', hostname()])]
}

function isFit(pair: KeyPair, names: readonly string[], nowMs: number): boolean {
  // A damaged file is no loss: another certificate takes its place.
  const certificate = parseKeyPair(pair)
  if (certificate === undefined) return false
  const known = (name: string) =>
    isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)
  const hasBegun = certificate.validFromDate.getTime() <= nowMs
  const isLasting = daysLeft(certificate, nowMs) > RENEW_BEFORE_DAYS
  return hasBegun && isLasting && names.every((name) => known(name) !== undefined)
}

function daysLeft({ validToDate }: X509Certificate, nowMs: number): number {
  return (validToDate.getTime() - nowMs) / DAY_MS
}

async function makeSelfSigned(names: readonly string[], nowMs: number): Promise<KeyPair> {
  const commonName = (names[0] ?? 'localhost').slice(0, 64) // RFC 5280 appendix A.1, ub-common-name
  const made = await generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(nowMs - DAY_MS),
    notAfterDate: new Date(nowMs + (VALID_DAYS - 1) * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: names.map(altName) },
    ],
  })
  return { key: withNewline(made.private), cert: withNewline(made.cert) }
}

function altName(name: string): { type: 2; value: string } | { type: 7; ip: string } {
  return isIP(name) === 0
    ? { type: 2, value: name }
    : { type: 7, ip: ipaddr.parse(name).toNormalizedString() }
}
