import type { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { writePrivately } from '../../data-dir.ts'
import { ApplianceError, messageOf } from '../../errors.ts'
import { type KeyPair, keyPairText, parseKeyPair, readKeyPair } from '../key-pair.ts'
import { AcmeError } from './problems.ts'
import {
  type AcmeProgress,
  readProgress,
  renewalTime,
  waitAfter,
  writeProgress,
} from './progress.ts'
import type { AcmeSettings } from './settings.ts'

/** The certificate from the authority, with its key, in the data directory. */
export const ACME_FILE = 'acme.pem'

/** How an order goes, for those who watch. Times in milliseconds since the epoch. */
export type AcmeStatus = Readonly<{
  settings: AcmeSettings
  isWorking: boolean
  /** What the latest attempt did so far, oldest first. */
  steps: readonly Readonly<{ atMs: number; text: string }>[]
  failures: number
  problem: Readonly<{ message: string; fix: string }> | undefined
  /** When it is tried again, or renewed; `undefined` until that is known. */
  nextAttemptMs: number | undefined
}>

/** What keeping a certificate current takes. */
export type AcmeKeeperOptions = Readonly<{
  settings: AcmeSettings
  dataDir: string
  issue: (onStep: (text: string) => void, signal: AbortSignal) => Promise<KeyPair>
  /** Is told when another certificate lies in the data directory. */
  onIssued: () => Promise<void>
  log: Readonly<{
    info: (fields: object, message: string) => void
    warn: (fields: object, message: string) => void
  }>
  now: () => number
  /** From 0 to 1. */
  random: () => number
  /** Runs work later; returns how to call that off. */
  after: (delayMs: number, work: () => void) => () => void
}>

const DAY_MS = 86_400_000

/** Orders a certificate, renews it in time, and goes on trying; it fails nobody. */
export class AcmeKeeper {
  readonly #options: AcmeKeeperOptions
  readonly #over = new AbortController()
  #callOff: () => void = () => undefined
  #attempt: Promise<void> | undefined
  #progress: AcmeProgress | undefined
  #steps: { atMs: number; text: string }[] = []
  #nextAttemptMs: number | undefined

  constructor(options: AcmeKeeperOptions) {
    this.#options = options
  }

  status(): AcmeStatus {
    return {
      settings: this.#options.settings,
      isWorking: this.#attempt !== undefined,
      steps: this.#steps,
      failures: this.#progress?.failures ?? 0,
      problem: this.#progress?.problem,
      nextAttemptMs: this.#nextAttemptMs,
    }
  }

  /** Starts to look whether a certificate is due, now and every day; `eagerly` after failures too, if the authority lets. */
  async begin(eagerly: boolean): Promise<void> {
    const { dataDir, settings } = this.#options
    this.#progress = await readProgress(dataDir, settings)
    const mayAsk = eagerly && this.refusal() === undefined
    if (this.#progress && mayAsk) this.#progress = { ...this.#progress, nextAttemptMs: 0 }
    await this.#look()
  }

  /** Tries at once, and resolves when that has ended. */
  tryNow(): Promise<void> {
    return this.#tryOnce()
  }

  /** Why the authority may not be asked now; `undefined` when it may. */
  refusal(): string | undefined {
    const { notBeforeMs = 0 } = this.#progress ?? {}
    const { now } = this.#options
    if (notBeforeMs <= now() || notBeforeMs > now() + 2 * DAY_MS) return undefined
    return `The authority wants not to be asked before ${new Date(notBeforeMs).toISOString()}.`
  }

  /** Whether an order waits after a failure. */
  get isWaiting(): boolean {
    return this.#attempt === undefined && (this.#progress?.failures ?? 0) > 0
  }

  /** Calls off what runs; nothing is written after that. */
  close(): void {
    this.#over.abort()
    this.#callOff()
  }

  async #look(): Promise<void> {
    const { now, after } = this.#options
    const dueMs = await this.#dueMs()
    if (this.#over.signal.aborted) return
    this.#nextAttemptMs = dueMs
    if (dueMs <= now()) return this.#tryOnce()
    this.#callOff()
    const onError = (error: unknown) => this.#logBug(error)
    this.#callOff = after(Math.min(dueMs - now(), DAY_MS), () => {
      this.#look().catch(onError)
    })
  }

  /** When to ask next. A time further off than any wait comes of a clock that was wrong. */
  async #dueMs(): Promise<number> {
    const { settings, now } = this.#options
    const { failures = 0, nextAttemptMs = 0, issued = true } = this.#progress ?? {}
    const waitUntil = failures > 0 && nextAttemptMs < now() + 2 * DAY_MS ? nextAttemptMs : 0
    const certificate = await this.#readCertificate()
    if (!issued || certificate?.checkHost(settings.domain) === undefined) return waitUntil
    return Math.max(waitUntil, renewalOf(certificate))
  }

  /** One that cannot be read is ordered again, and written over. */
  async #readCertificate(): Promise<X509Certificate | undefined> {
    try {
      const pair = await readKeyPair(join(this.#options.dataDir, ACME_FILE))
      return pair && parseKeyPair(pair)
    } catch (error) {
      this.#logBug(error)
      return undefined
    }
  }

  #tryOnce(): Promise<void> {
    this.#attempt ??= this.#order().finally(() => {
      this.#attempt = undefined
    })
    const onError = (error: unknown) => this.#logBug(error)
    return this.#attempt.catch(onError).then(() => this.#lookLater())
  }

  async #lookLater(): Promise<void> {
    if (!this.#over.signal.aborted) await this.#look()
  }

  async #order(): Promise<void> {
    const { issue, settings, dataDir, now, log, onIssued } = this.#options
    const { domain } = settings
    const { signal } = this.#over
    this.#callOff()
    this.#steps = []
    this.#nextAttemptMs = undefined
    const onStep = (text: string) => {
      this.#steps = [...this.#steps, { atMs: now(), text }]
    }
    try {
      // What cannot be written should not be ordered: authorities count.
      await this.#keep({ issued: false, failures: 0, ...this.#progress })
      const pair = await issue(onStep, signal)
      if (signal.aborted) return
      await writePrivately(join(dataDir, ACME_FILE), keyPairText(pair))
      const ahead = clockAhead(pair, now())
      const failures = ahead === undefined ? 0 : (this.#progress?.failures ?? 0)
      await this.#keep({ issued: true, failures })
      onStep('The certificate is there.')
      log.info({ domain }, 'the authority gave a certificate')
      await onIssued()
      if (ahead !== undefined) throw ahead
    } catch (error) {
      if (!signal.aborted) await this.#fail(error)
    }
  }

  async #fail(error: unknown): Promise<void> {
    const { now, random, log, settings } = this.#options
    const failures = (this.#progress?.failures ?? 0) + 1
    const retryAfterMs = error instanceof AcmeError ? error.retryAfterMs : undefined
    const unreachable = error instanceof AcmeError && error.code === 'ACME_UNREACHABLE'
    const waitMs = waitAfter({ failures, unreachable, retryAfterMs }, random())
    const problem = wordsOf(error)
    const nextAttemptMs = now() + waitMs
    const notBefore = retryAfterMs === undefined ? {} : { notBeforeMs: nextAttemptMs }
    await this.#keep({
      issued: this.#progress?.issued ?? false,
      failures,
      nextAttemptMs,
      problem,
      ...notBefore,
    })
    const { domain } = settings
    const again = new Date(nextAttemptMs).toISOString()
    log.warn(
      { domain, problem: problem.message, fix: problem.fix, again },
      'no certificate from the authority; the last good one stays',
    )
    if (!(error instanceof ApplianceError)) this.#logBug(error)
  }

  async #keep(progress: Omit<AcmeProgress, 'domain' | 'directoryUrl'>): Promise<void> {
    const { dataDir, settings } = this.#options
    const { domain, directoryUrl } = settings
    this.#progress = { domain, directoryUrl, ...progress }
    await writeProgress(dataDir, this.#progress)
  }

  #logBug(err: unknown): void {
    this.#options.log.warn({ err }, 'the order of a certificate met an error of this machine')
  }
}

function renewalOf({ validFromDate, validToDate }: X509Certificate): number {
  return renewalTime(validFromDate.getTime(), validToDate.getTime())
}

/** By a clock that is ahead a new certificate is due at once: to order on and on would use up what the authority allows. */
function clockAhead(pair: KeyPair, nowMs: number): AcmeError | undefined {
  const certificate = parseKeyPair(pair)
  if (certificate === undefined || renewalOf(certificate) > nowMs) return undefined
  return new AcmeError(
    'ACME_REFUSED',
    `The new certificate is in use, but by the clock of this machine it has to be renewed already: it ends on ${certificate.validTo}.`,
    'Set the clock of this machine (timedatectl). It is tried again by itself.',
  )
}

function wordsOf(error: unknown): Readonly<{ message: string; fix: string }> {
  if (error instanceof ApplianceError) return { message: error.message, fix: error.fix }
  return {
    message: `The certificate could not be ordered: ${messageOf(error)}.`,
    fix: 'The log has more. It is tried again by itself.',
  }
}
