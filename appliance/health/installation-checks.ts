import { X509Certificate } from 'node:crypto'
import { access, constants, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describeSource, type LoadedConfig } from '../config/load.ts'
import { readSecrets } from '../data-dir.ts'
import { ApplianceError, systemErrorCode } from '../errors.ts'
import { type AddressSources, resolvePublicAddress } from '../public-address.ts'
import { CERTIFICATE_WARNING_DAYS } from '../start-output.ts'
import { checkKeyPair } from '../tls/certificate.ts'
import { readCertificateFiles } from '../tls/certificate-files.ts'
import { SELF_SIGNED_FILE } from '../tls/self-signed.ts'
import type { Check } from './check.ts'

const DAY_MS = 86_400_000

/** Tells where the configuration, which has passed its checks, came from. */
export function describeConfig({ source }: LoadedConfig): Check {
  return { name: 'configuration', verdict: 'ok', fact: describeSource(source) }
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

async function firstReadableByOthers(dataDir: string): Promise<string | undefined> {
  const names = ['.', 'secrets.json', 'admin.json', SELF_SIGNED_FILE]
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

/** Checks the certificate and how long it is valid. */
export async function checkCertificate(loaded: LoadedConfig, nowMs: number): Promise<Check> {
  const name = 'certificate'
  const { tls } = loaded.config.web
  if (tls.mode === 'off') {
    return { name, verdict: 'ok', fact: 'none: a proxy in front ends TLS (web.tls.mode off)' }
  }
  if (tls.mode !== 'files') return checkSelfSigned(loaded.dataDir, nowMs)
  try {
    const pair = await readCertificateFiles(tls.cert_file, tls.key_file)
    const days = daysLeft(checkKeyPair(pair, tls.cert_file), nowMs)
    const fact = days < 0 ? 'it has expired' : `${days} days left`
    if (days >= CERTIFICATE_WARNING_DAYS) return { name, verdict: 'ok', fact }
    const fix =
      'Replace web.tls.cert_file and web.tls.key_file; a running appliance reads them again.'
    return { name, verdict: days < 0 ? 'problem' : 'warning', fact, fix }
  } catch (error) {
    return failedCheck(name, error)
  }
}

async function checkSelfSigned(dataDir: string, nowMs: number): Promise<Check> {
  const name = 'certificate'
  const fix =
    'Set web.tls.mode to `files` with a certificate of your host name to spare people the warning.'
  try {
    const text = await readFile(join(dataDir, SELF_SIGNED_FILE), 'utf8')
    const certificate = new X509Certificate(text.slice(text.indexOf('-----BEGIN CERTIFICATE')))
    const fact = `self-signed, ${daysLeft(certificate, nowMs)} days left; renewed by itself`
    return { name, verdict: 'warning', fact, fix }
  } catch {
    // absent or damaged: both ways the start makes another
    return { name, verdict: 'warning', fact: 'self-signed, made at the next start', fix }
  }
}

function daysLeft(certificate: X509Certificate, nowMs: number): number {
  return Math.floor((certificate.validToDate.getTime() - nowMs) / DAY_MS)
}
