import { Secret, TOTP } from 'otpauth'
import encodeQR from 'qr'
import type { TotpOffer } from '#api'
import type { AccountRecord, Clock, RandomSource } from '../deps.ts'
import type { FaultCode } from '../faults.ts'
import { fingerprint } from '../secrets.ts'
import type { Register } from './register.ts'

/** What every authenticator app does by default (RFC 6238 §4, §5.2). */
const CODE = { algorithm: 'SHA1', digits: 6, period: 30 }

/** Codes of the step before and after count too: clocks differ (RFC 6238 §5.2). */
const WINDOW_STEPS = 1

/** RFC 4226 §4 R6 recommends 160 bits. */
const SECRET_BYTES = 20

const RECOVERY = { codes: 10, bytes: 10 }
const OFFER_MS = 15 * 60_000

type Offer = Readonly<{ secret: string; expiresAtMs: number }>

/** What the second factor needs of its surroundings. */
export type SecondFactorDeps = Readonly<{
  register: Register
  random: RandomSource
  clock: Clock
  /** The host that the app names the code after. */
  host: string
}>

/**
 * One-time codes beside the password (RFC 6238), and the recovery codes for a lost phone. A code is
 * taken once: what is remembered is the latest step that was used.
 */
export class SecondFactor {
  readonly #deps: SecondFactorDeps
  /** Secrets that were shown and not yet confirmed, by account. */
  readonly #offers = new Map<string, Offer>()

  constructor(deps: SecondFactorDeps) {
    this.#deps = deps
  }

  /** Makes a secret for an account; it counts once a code of it was given back. */
  offer({ id, name }: AccountRecord): TotpOffer {
    const { random, clock, host } = this.#deps
    const secret = new Secret({ buffer: Uint8Array.from(random(SECRET_BYTES)).buffer })
    this.#forgetOld()
    this.#offers.set(id, { secret: secret.base32, expiresAtMs: clock.unixMs() + OFFER_MS })
    const uri = new TOTP({ ...CODE, secret, issuer: `Callbox ${host}`, label: name }).toString()
    const dark = encodeQR(uri, 'raw', { ecc: 'medium', border: 4 })
    return {
      secret: secret.base32,
      uri,
      modules: dark.map((row) => row.map((isDark) => (isDark ? '1' : '0')).join('')),
    }
  }

  /** Takes the secret into use; answers the recovery codes, which are not kept readable. */
  confirm(id: string, code: string): readonly string[] | FaultCode {
    this.#forgetOld()
    const offer = this.#offers.get(id)
    if (!offer) return 'TOTP_OFFER_ENDED'
    const usedStep = stepOf(offer.secret, code, this.#deps.clock.unixMs())
    if (usedStep === undefined) return 'CODE_WRONG'
    const codes = this.#makeRecoveryCodes()
    const recovery = codes.map(recoveryFingerprint)
    const fault = this.#deps.register.update(id, {
      totp: { secret: offer.secret, usedStep, recovery },
    })
    if (fault) return fault
    this.#offers.delete(id)
    return codes
  }

  /** Takes a one-time or recovery code; `undefined` when it is right. Each is taken once. */
  use(id: string, code: string): FaultCode | undefined {
    const { register, clock } = this.#deps
    const totp = register.account(id)?.totp
    if (!totp) return undefined
    const step = stepOf(totp.secret, code, clock.unixMs())
    if (step !== undefined) {
      if (step <= totp.usedStep) return 'CODE_USED'
      // Within seconds the code is too old anyway, so memory will do.
      return register.note(id, { totp: { ...totp, usedStep: step } })
    }
    const given = recoveryFingerprint(code)
    if (!totp.recovery.includes(given)) return 'CODE_WRONG'
    const recovery = totp.recovery.filter((each) => each !== given)
    return register.update(id, { totp: { ...totp, recovery } })
  }

  /** Makes recovery codes in place of those of before. */
  renewRecoveryCodes(id: string): readonly string[] | FaultCode {
    const { register } = this.#deps
    const totp = register.account(id)?.totp
    if (!totp) return 'TOTP_OFF'
    const codes = this.#makeRecoveryCodes()
    const recovery = codes.map(recoveryFingerprint)
    return register.update(id, { totp: { ...totp, recovery } }) ?? codes
  }

  /** Asks that account for no more codes. */
  remove(id: string): FaultCode | undefined {
    this.#offers.delete(id)
    return this.#deps.register.update(id, { totp: undefined })
  }

  #makeRecoveryCodes(): readonly string[] {
    return Array.from({ length: RECOVERY.codes }, () => {
      const bytes = Uint8Array.from(this.#deps.random(RECOVERY.bytes))
      const letters = new Secret({ buffer: bytes.buffer }).base32.toLowerCase()
      return letters.match(/.{4}/g)?.join('-') ?? letters
    })
  }

  #forgetOld(): void {
    const nowMs = this.#deps.clock.unixMs()
    for (const [id, { expiresAtMs }] of this.#offers) {
      if (expiresAtMs <= nowMs) this.#offers.delete(id)
    }
  }
}

/** The step that a code belongs to, `undefined` when it is of none near now. */
function stepOf(secret: string, code: string, nowMs: number): number | undefined {
  const token = code.replaceAll(/\s/g, '')
  if (!/^\d{6}$/.test(token)) return undefined
  const totp = new TOTP({ ...CODE, secret: Secret.fromBase32(secret) })
  const delta = totp.validate({ token, window: WINDOW_STEPS, timestamp: nowMs })
  return delta === null ? undefined : Math.floor(nowMs / 1000 / CODE.period) + delta
}

/** 80 random bits need no slow hash. */
function recoveryFingerprint(code: string): string {
  return fingerprint(code.toLowerCase().replaceAll(/[^a-z2-7]/g, ''))
}
