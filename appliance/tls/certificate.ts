import type { X509Certificate } from 'node:crypto'
import type { Config } from '../config/schema.ts'
import { messageOf } from '../errors.ts'
import { ChallengeBoard } from './acme/challenge-board.ts'
import { issueCertificate } from './acme/issue.ts'
import { AcmeKeeper, type AcmeStatus } from './acme/keeper.ts'
import type { AcmeSettings } from './acme/settings.ts'
import { watchFiles } from './certificate-files.ts'
import {
  type CertificateLife,
  type CertificateSource,
  lifeOf,
  wholeDays,
} from './certificate-words.ts'
import { CHOICE_FILE, type Choice, readChoice, writeChoice, writeUploaded } from './choice.ts'
import { checkKeyPair, type KeyPair } from './key-pair.ts'
import { type Supplied, supply, type Wanted, wantedBy } from './supply.ts'

export type { KeyPair } from './key-pair.ts'

/** The log methods that are needed here. */
export type CertificateLog = Readonly<{
  info: (fields: object, message: string) => void
  warn: (fields: object, message: string) => void
}>

/** Everything needed to hand out certificates. `names` are the host names and IPs people use. */
export type CertificateOptions = Readonly<{
  tls: Config['web']['tls']
  /** Whether plain HTTP is answered for everybody. */
  answersHttp?: boolean
  dataDir: string
  names: readonly string[]
  log: CertificateLog
  /** Milliseconds since the epoch. */
  now?: () => number
  /** How often certificate files are looked at. */
  pollMs?: number
}>

/** The certificate in use; it changes under way when files change, it is renewed, or the admin chooses another. */
export interface Certificates {
  /** Where the one in use came from. */
  source(): CertificateSource
  /** The PEM texts in use. */
  keyPair(): KeyPair
  /** The certificate in use, without its chain. */
  certificate(): X509Certificate
  /** Calls back after each change, so that a server can `setSecureContext(keyPair())`. */
  onChange(listener: (pair: KeyPair) => void): void
  life(): CertificateLife
  /** Whole days until the certificate expires; negative once it has. */
  daysLeft(): number
  /** What authorities are answered with that look whether a domain is ours. */
  readonly board: ChallengeBoard
  /** Starts to order what is missing or due; to be called when the ports are open. */
  begin(): void
  /** How an order goes; `undefined` where no authority is asked. */
  acme(): AcmeStatus | undefined
  /** Starts to ask the authority now; answers why it may not, `undefined` when it does. */
  orderNow(): string | undefined
  /** Where it should come from: another than `source` while that is not there. */
  wanted(): CertificateSource
  /** Takes another source, at once; with `uploaded` comes the pair. It stays over a restart. */
  choose(choice: Choice, uploaded?: KeyPair): Promise<void>
  /** Looks again; a bad certificate is logged and the last good one stays. An order that waits is tried again. */
  reload(): Promise<void>
  close(): void
}

/** How often a running appliance asks whether its self-signed certificate must be renewed. */
const RENEWAL_CHECK_MS = 43_200_000

/** How often certificate files are looked at: programs that renew them are in no hurry. */
const POLL_MS = 5000

/**
 * Opens the certificate that `web.tls.mode` asks for, or the admin page where that is the default; `undefined` for
 * `off`. Throws CERTIFICATE_UNREADABLE or CERTIFICATE_INVALID.
 */
export async function openCertificates(
  options: CertificateOptions,
): Promise<Certificates | undefined> {
  const { tls, dataDir, now = Date.now } = options
  if (tls.mode === 'off') return undefined
  const onDamage = (reason: string) =>
    options.log.warn({ file: CHOICE_FILE, reason }, 'the choice of a certificate cannot be read')
  const wanted = wantedBy(tls, await readChoice(dataDir, onDamage))
  const supplied = await supply(wanted, { ...options, now })
  return new HeldCertificate(wanted, supplied, { ...options, now })
}

class HeldCertificate implements Certificates {
  readonly #options: CertificateOptions & Readonly<{ now: () => number }>
  readonly #listeners: ((pair: KeyPair) => void)[] = []
  readonly board = new ChallengeBoard()
  #wanted: Wanted
  #supplied: Supplied
  #certificate: X509Certificate
  #keeper: AcmeKeeper | undefined
  #hasBegun = false
  #queue: Promise<void> = Promise.resolve()
  readonly #stop: () => void

  constructor(
    wanted: Wanted,
    supplied: Supplied,
    options: CertificateOptions & Readonly<{ now: () => number }>,
  ) {
    this.#options = options
    this.#wanted = wanted
    this.#supplied = supplied
    this.#certificate = checkKeyPair(supplied.pair, supplied.source)
    this.#keeper = this.#keeperFor(wanted)
    this.#stop = this.#watch()
  }

  source(): CertificateSource {
    return this.#supplied.source
  }

  keyPair(): KeyPair {
    return this.#supplied.pair
  }

  certificate(): X509Certificate {
    return this.#certificate
  }

  onChange(listener: (pair: KeyPair) => void): void {
    this.#listeners.push(listener)
  }

  life(): CertificateLife {
    return lifeOf(this.#certificate, this.source())
  }

  daysLeft(): number {
    return wholeDays(this.life().validUntilMs, this.#options.now())
  }

  begin(): void {
    this.#hasBegun = true
    this.#beginKeeper(false)
  }

  acme(): AcmeStatus | undefined {
    return this.#keeper?.status()
  }

  orderNow(): string | undefined {
    const refusal = this.#keeper?.refusal()
    if (refusal === undefined) this.#keeper?.tryNow().catch((error: unknown) => this.#warn(error))
    return refusal
  }

  wanted(): CertificateSource {
    return this.#wanted.source
  }

  choose(choice: Choice, uploaded?: KeyPair): Promise<void> {
    const { dataDir, tls } = this.#options
    return this.#inTurn(async () => {
      if (uploaded !== undefined) await writeUploaded(dataDir, uploaded)
      await writeChoice(dataDir, choice)
      this.#wanted = wantedBy(tls, choice)
      this.#keeper?.close()
      this.#keeper = this.#keeperFor(this.#wanted)
      await this.#lookAgain()
      if (this.#hasBegun) this.#beginKeeper(true)
    })
  }

  reload(): Promise<void> {
    if (this.#keeper?.isWaiting) this.orderNow()
    return this.#inTurn(() => this.#lookAgain())
  }

  close(): void {
    this.#stop()
    this.#keeper?.close()
  }

  /** One at a time, so that an older reading never replaces a newer one. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(work)
    this.#queue = done.catch(() => undefined)
    return done
  }

  async #lookAgain(): Promise<void> {
    const { log } = this.#options
    try {
      const fresh = await supply(this.#wanted, this.#options)
      const { pair, source } = this.#supplied
      if (fresh.pair.cert === pair.cert && fresh.pair.key === pair.key) {
        if (fresh.source === source) return
      }
      this.#certificate = checkKeyPair(fresh.pair, fresh.source)
      this.#supplied = fresh
    } catch (error) {
      this.#warn(error)
      return
    }
    log.info({ source: this.source(), daysLeft: this.daysLeft() }, 'certificate replaced')
    for (const listener of this.#listeners) listener(this.keyPair())
  }

  #warn(error: unknown): void {
    const reason = messageOf(error)
    const { log } = this.#options
    log.warn({ reason, daysLeft: this.daysLeft() }, 'bad certificate: the last good one stays')
  }

  #watch(): () => void {
    const { tls, pollMs = POLL_MS } = this.#options
    if (this.#wanted.source === 'files') {
      return watchFiles([tls.cert_file, tls.key_file], pollMs, () => void this.reload())
    }
    const timer = setInterval(() => void this.#inTurn(() => this.#lookAgain()), RENEWAL_CHECK_MS)
    timer.unref()
    return () => clearInterval(timer)
  }

  #keeperFor(wanted: Wanted): AcmeKeeper | undefined {
    return wanted.source === 'acme' ? this.#createKeeper(wanted.acme) : undefined
  }

  #createKeeper(settings: AcmeSettings): AcmeKeeper {
    const { dataDir, log, now, answersHttp = false } = this.#options
    const { board } = this
    return new AcmeKeeper({
      settings,
      dataDir,
      issue: (onStep, signal) =>
        issueCertificate({ settings, dataDir, board, answersHttp, onStep, signal, now }),
      onIssued: () => this.#inTurn(() => this.#lookAgain()),
      log,
      now,
      random: Math.random,
      after: (delayMs, work) => {
        const timer = setTimeout(work, delayMs).unref()
        return () => clearTimeout(timer)
      },
    })
  }

  #beginKeeper(eagerly: boolean): void {
    this.#keeper?.begin(eagerly).catch((error: unknown) => this.#warn(error))
  }
}
