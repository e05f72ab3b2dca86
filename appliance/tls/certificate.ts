import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { Config } from '../config/schema.ts'
import { ApplianceError, messageOf } from '../errors.ts'
import { readCertificateFiles, watchFiles } from './certificate-files.ts'
import { loadSelfSigned } from './self-signed.ts'

/** A certificate with its chain and its private key, as PEM texts. */
export type KeyPair = Readonly<{ cert: string; key: string }>

/** The one log method that is needed here. */
export type CertificateLog = Readonly<{
  info: (fields: object, message: string) => void
  warn: (fields: object, message: string) => void
}>

/** Everything needed to hand out certificates. `names` are the host names and IPs people use. */
export type CertificateOptions = Readonly<{
  tls: Config['web']['tls']
  dataDir: string
  names: readonly string[]
  log: CertificateLog
  /** Milliseconds since the epoch. */
  now?: () => number
  /** How often certificate files are looked at. */
  pollMs?: number
}>

/** The certificate in use; it changes under way when files change or a self-signed one runs out. */
export interface Certificates {
  readonly mode: 'self-signed' | 'files'
  /** The PEM texts in use; for `https.createServer`, together with `SNICallback`. */
  keyPair(): KeyPair
  /** The context in use; made anew only when the certificate changes. */
  context(): SecureContext
  /** Hands the context in use to every TLS handshake that names a host. */
  readonly SNICallback: (
    name: string,
    done: (error: Error | null, context?: SecureContext) => void,
  ) => void
  /** Calls back after each change, so that a server can `setSecureContext(keyPair())`. */
  onChange(listener: (pair: KeyPair) => void): void
  /** Whole days until the certificate expires; negative once it has. */
  daysLeft(): number
  /** SHA-256 fingerprint, as browsers show it. */
  fingerprint(): string
  /** Looks again; a bad certificate is logged and the last good one stays. */
  reload(): Promise<void>
  close(): void
}

const DAY_MS = 86_400_000

/** How often a running appliance asks whether its self-signed certificate must be renewed. */
const RENEWAL_CHECK_MS = DAY_MS / 2

/** How often certificate files are looked at: programs that renew them are in no hurry. */
const POLL_MS = 5000

/**
 * Opens the certificate that `web.tls.mode` asks for; `undefined` for `off`. Throws
 * CERTIFICATE_UNREADABLE or CERTIFICATE_INVALID.
 */
export async function openCertificates(
  options: CertificateOptions,
): Promise<Certificates | undefined> {
  const { mode } = options.tls
  if (mode === 'off') return undefined
  if (mode === 'acme') throw new Error('the configuration accepted web.tls.mode acme')
  const load = () => loadKeyPair(mode, options)
  const held = new HeldCertificate(mode, await load(), load, options)
  if (mode === 'files') {
    const files = [options.tls.cert_file, options.tls.key_file]
    held.stopWith(watchFiles(files, options.pollMs ?? POLL_MS, () => void held.reload()))
  } else {
    const timer = setInterval(() => void held.reload(), RENEWAL_CHECK_MS).unref()
    held.stopWith(() => clearInterval(timer))
  }
  return held
}

async function loadKeyPair(
  mode: 'self-signed' | 'files',
  { tls, dataDir, names, now = Date.now }: CertificateOptions,
): Promise<KeyPair> {
  return mode === 'files'
    ? readCertificateFiles(tls.cert_file, tls.key_file)
    : loadSelfSigned({ dataDir, names, nowMs: now() })
}

/** Refuses texts that are no certificate, no key, or not each other's. */
export function checkKeyPair({ cert, key }: KeyPair, where: string): X509Certificate {
  try {
    const certificate = new X509Certificate(cert)
    if (!certificate.checkPrivateKey(createPrivateKey(key))) {
      throw new Error('the private key belongs to another certificate')
    }
    return certificate
  } catch (error) {
    throw new ApplianceError(
      'CERTIFICATE_INVALID',
      `The certificate (${where}) cannot be used: ${messageOf(error)}.`,
      'web.tls.cert_file takes the certificate followed by its chain, web.tls.key_file its private key without a passphrase, both PEM.',
      error,
    )
  }
}

class HeldCertificate implements Certificates {
  readonly mode: 'self-signed' | 'files'
  readonly #load: () => Promise<KeyPair>
  readonly #options: CertificateOptions
  readonly #listeners: ((pair: KeyPair) => void)[] = []
  #pair: KeyPair
  #certificate: X509Certificate
  #context: SecureContext
  #reloading: Promise<void> = Promise.resolve()
  #stop: () => void = () => undefined

  constructor(
    mode: 'self-signed' | 'files',
    pair: KeyPair,
    load: () => Promise<KeyPair>,
    options: CertificateOptions,
  ) {
    this.mode = mode
    this.#load = load
    this.#options = options
    this.#pair = pair
    this.#certificate = checkKeyPair(pair, mode)
    this.#context = createSecureContext(pair)
  }

  stopWith(stop: () => void): void {
    this.#stop = stop
  }

  keyPair(): KeyPair {
    return this.#pair
  }

  context(): SecureContext {
    return this.#context
  }

  readonly SNICallback: Certificates['SNICallback'] = (_name, done) => done(null, this.#context)

  onChange(listener: (pair: KeyPair) => void): void {
    this.#listeners.push(listener)
  }

  daysLeft(): number {
    const now = this.#options.now ?? Date.now
    return Math.floor((this.#certificate.validToDate.getTime() - now()) / DAY_MS)
  }

  fingerprint(): string {
    return this.#certificate.fingerprint256
  }

  /** One at a time, so that an older reading never replaces a newer one. */
  reload(): Promise<void> {
    this.#reloading = this.#reloading.then(() => this.#reloadOnce())
    return this.#reloading
  }

  async #reloadOnce(): Promise<void> {
    const { log } = this.#options
    try {
      const pair = await this.#load()
      if (pair.cert === this.#pair.cert && pair.key === this.#pair.key) return
      const certificate = checkKeyPair(pair, this.mode)
      this.#context = createSecureContext(pair)
      this.#certificate = certificate
      this.#pair = pair
    } catch (error) {
      const reason = messageOf(error)
      log.warn({ reason, daysLeft: this.daysLeft() }, 'bad certificate: the last good one stays')
      return
    }
    log.info({ daysLeft: this.daysLeft() }, 'certificate replaced')
    for (const listener of this.#listeners) listener(this.#pair)
  }

  close(): void {
    this.#stop()
  }
}
