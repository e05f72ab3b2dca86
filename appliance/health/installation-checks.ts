import { access, constants, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describeSource, type LoadedConfig } from '../config/load.ts'
import { readSecrets } from '../data-dir.ts'
import { ApplianceError, systemErrorCode } from '../errors.ts'
import { type AddressSources, resolvePublicAddress } from '../public-address.ts'
import { ACCOUNTS_FILE } from '../tls/acme/account-keys.ts'
import { ACME_FILE } from '../tls/acme/keeper.ts'
import { readProgress } from '../tls/acme/progress.ts'
import {
  type CertificateSource,
  expiryWarning,
  GET_CERTIFICATE,
  lifeOf,
  wholeDays,
} from '../tls/certificate-words.ts'
import { readChoice, UPLOADED_FILE } from '../tls/choice.ts'
import { checkKeyPair, parseKeyPair, readKeyPair } from '../tls/key-pair.ts'
import { SELF_SIGNED_FILE } from '../tls/self-signed.ts'
import { findSupplied, type Supplied, wantedBy } from '../tls/supply.ts'
import type { Check } from './check.ts'

/** Tells where the configuration, which has passed its checks, came from, and what of the admin page's part has not. */
export function describeConfig({ source, settings }: LoadedConfig): readonly Check[] {
  const name = 'configuration'
  const verdict = settings.problems.length > 0 ? 'problem' : 'warning'
  const noticed = settings.notices.map(
    ({ message, fix }) => ({ name, verdict, fact: message, fix }) as const,
  )
  return [{ name, verdict: 'ok', fact: describeSource(source) }, ...noticed]
}

/** Turns a refusal into a check that failed. */
export function failedCheck(name: string, error: unknown): Check {
  if (!(error instanceof ApplianceError)) throw error
  return { name, verdict: 'problem', fact: error.message, fix: error.fix }
}

/** Checks who may read the data directory and whether its secrets are whole. */
export async function checkDataDir(dataDir: string): Promise<Check> {
  const name = 'data directory'
  const mode = await modeOf(dataDir)
  if (mode === undefined) {
    return {
      name,
      verdict: 'ok',
      fact: `${dataDir} does not exist yet; the first start creates it`,
    }
  }
  try {
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const fact = `${dataDir} cannot be used (${systemErrorCode(error)})`
    return {
      name,
      verdict: 'problem',
      fact,
      fix: 'Run as the user of the appliance, or change its owner.',
    }
  }
  try {
    await readSecrets(dataDir)
  } catch (error) {
    return failedCheck(name, error)
  }
  const open = await firstReadableByOthers(dataDir)
  if (open === undefined) return { name, verdict: 'ok', fact: `${dataDir}, closed to other users` }
  const fix = `chmod ${open === dataDir ? '700' : '600'} ${open}`
  return { name, verdict: 'warning', fact: `other users can read ${open}`, fix }
}

/** What the admin page keeps. */
const ADMIN_FILES = ['admin.json', 'sessions.json', 'audit.jsonl', 'audit.1.jsonl']

async function firstReadableByOthers(dataDir: string): Promise<string | undefined> {
  const certificates = [SELF_SIGNED_FILE, UPLOADED_FILE, ACME_FILE, ACCOUNTS_FILE]
  const names = ['.', 'secrets.json', ...ADMIN_FILES, ...certificates]
  for (const path of names.map((name) => join(dataDir, name))) {
    const mode = await modeOf(path)
    if (mode !== undefined && (mode & 0o077) !== 0) return path
  }
  return undefined
}

async function modeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode & 0o777
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** The nearest folder that exists, at the path or above it. */
export async function nearestExisting(path: string): Promise<string> {
  const parent = dirname(path)
  if (parent === path || (await modeOf(path)) !== undefined) return path
  return nearestExisting(parent)
}

/** Checks which address is announced. Asks the configured STUN servers, if there are any. */
export async function checkPublicAddress(
  { config }: LoadedConfig,
  sources?: AddressSources,
): Promise<Check> {
  const name = 'public address'
  try {
    const { address, how, warnings } = await resolvePublicAddress(config, sources)
    const fact = `${address} (${ORIGINS[how]})`
    const [warning] = warnings
    if (warning === undefined) return { name, verdict: 'ok', fact }
    const fix = warning.fix
    return { name, verdict: 'warning', fact: `${fact}. ${warning.message}`, fix }
  } catch (error) {
    return failedCheck(name, error)
  }
}

const ORIGINS = {
  configured: 'public_address',
  stun: 'told by a STUN server',
  interface: 'address of this machine',
  loopback: 'nothing else found',
} as const

/** Checks the certificate and how long it is valid, and the order of one that is not there yet. */
export async function checkCertificate(loaded: LoadedConfig, nowMs: number): Promise<Check> {
  const { dataDir, config } = loaded
  const { tls } = config.web
  if (tls.mode === 'off') {
    return {
      name: CERTIFICATE,
      verdict: 'ok',
      fact: 'none: a proxy in front ends TLS (web.tls.mode off)',
    }
  }
  try {
    const wanted = wantedBy(tls, await readChoice(dataDir))
    const found = await findSupplied(wanted, { tls, dataDir })
    const check = found ? describeSupplied(found, nowMs) : await checkSelfSigned(dataDir, nowMs)
    const order = wanted.source === 'acme' ? await readProgress(dataDir, wanted.acme) : undefined
    if (order?.problem === undefined || check.verdict === 'problem') return check
    const { message, fix } = order.problem
    return { name: CERTIFICATE, verdict: 'warning', fact: `${check.fact}. ${message}`, fix }
  } catch (error) {
    return failedCheck(CERTIFICATE, error)
  }
}

const CERTIFICATE = 'certificate'

const SOURCES: Readonly<Record<CertificateSource, string>> = {
  'self-signed': 'self-signed',
  files: 'from files',
  uploaded: 'uploaded on the admin page',
  acme: 'from an ACME authority',
}

function describeSupplied({ pair, source }: Supplied, nowMs: number): Check {
  const life = lifeOf(checkKeyPair(pair, source), source)
  const expiry = expiryWarning(life, nowMs)
  if (expiry !== undefined) {
    const verdict = expiry.expired ? 'problem' : 'warning'
    return { name: CERTIFICATE, verdict, fact: expiry.message, fix: expiry.fix }
  }
  const fact = `${SOURCES[source]}, ${wholeDays(life.validUntilMs, nowMs)} days left`
  return { name: CERTIFICATE, verdict: 'ok', fact }
}

async function checkSelfSigned(dataDir: string, nowMs: number): Promise<Check> {
  const about = { name: CERTIFICATE, verdict: 'warning', fix: GET_CERTIFICATE } as const
  const pair = await readKeyPair(join(dataDir, SELF_SIGNED_FILE))
  const certificate = pair && parseKeyPair(pair)
  // Absent or damaged: both ways the start makes another.
  if (certificate === undefined) return { ...about, fact: 'self-signed, made at the next start' }
  const days = wholeDays(certificate.validToDate.getTime(), nowMs)
  return { ...about, fact: `self-signed, ${days} days left; renewed by itself` }
}
