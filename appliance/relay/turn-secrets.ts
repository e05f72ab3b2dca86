import { createHash } from 'node:crypto'
import type { Config } from '../config/schema.ts'
import { randomKey, type Secrets, type SecretsFile, type StoredSecrets } from '../data-dir.ts'

/** Who set a secret: the first start and rotations, or the configuration. */
export type SecretOrigin = 'generated' | 'config'

/** A secret that still admits clients while another replaces it; those of the configuration have no date. */
export type PreviousSecret = Readonly<{
  id: string
  secret: string
  origin: SecretOrigin
  retiredAtMs: number | undefined
}>

/** What came of a rotation; `message` says why not, and what to do instead. */
export type Rotation =
  | Readonly<{ ok: true; secret: string }>
  | Readonly<{ ok: false; message: string }>

/** What the store stands on. `file` keeps the secrets for the next start. */
export type TurnSecretsOptions = Readonly<{
  config: Config
  file: SecretsFile
  /** Unix milliseconds. */
  now?: () => number
}>

/** The secrets shared with chat servers and the static users, as they are at the moment. */
export interface TurnSecrets {
  /** The one that signs. */
  current(): string
  origin(): SecretOrigin
  previous(): readonly PreviousSecret[]
  /** Every secret that admits clients, the current one first. */
  all(): readonly string[]
  /** Static users: name to password. */
  users(): ReadonlyMap<string, string>
  /** Makes a new secret; the present one becomes a previous one. Rejects when it cannot be kept. */
  rotate(): Promise<Rotation>
  /** Forgets a previous secret; `false` for one that is not there or that the configuration sets. */
  retire(id: string): Promise<boolean>
  /** Takes the options of a configuration that was read again. */
  follow(config: Config): void
  /** Calls back after each change. */
  onChange(listener: () => void): void
}

/** More secrets at once make each wrong password dearer to find wrong. */
const MAX_PREVIOUS = 10

const SET_BY_CONFIG =
  'The configuration sets turn.static_auth_secret. Change it there, move the old one to turn.previous_secrets, and reload (SIGHUP).'
const TOO_MANY = `${MAX_PREVIOUS} previous secrets are still valid. Retire one that no chat server uses any more.`

/** Lists the secrets that a configuration and a secrets file make valid, the current one first. */
export function turnSecrets(config: Config, stored: StoredSecrets): readonly string[] {
  const current = config.turn.static_auth_secret || stored.turnStaticAuthSecret
  const generated = stored.turnPreviousSecrets.map(({ secret }) => secret)
  return [...new Set([current, ...config.turn.previous_secrets, ...generated])]
}

/** Creates the store. */
export function createTurnSecrets(options: TurnSecretsOptions): TurnSecrets {
  return new SecretStore(options)
}

class SecretStore implements TurnSecrets {
  readonly #options: TurnSecretsOptions
  readonly #listeners: (() => void)[] = []
  #config: Config
  #changing: Promise<unknown> = Promise.resolve()

  constructor(options: TurnSecretsOptions) {
    this.#options = options
    this.#config = options.config
  }

  get #secrets(): StoredSecrets {
    return this.#options.file.current()
  }

  current(): string {
    return this.#config.turn.static_auth_secret || this.#secrets.turnStaticAuthSecret
  }

  origin(): SecretOrigin {
    return this.#config.turn.static_auth_secret === '' ? 'generated' : 'config'
  }

  all(): readonly string[] {
    return turnSecrets(this.#config, this.#secrets)
  }

  users(): ReadonlyMap<string, string> {
    return new Map(Object.entries(this.#config.turn.static_users))
  }

  previous(): readonly PreviousSecret[] {
    const configured = this.#config.turn.previous_secrets.map((secret) => ({
      id: idOf(secret),
      secret,
      origin: 'config' as const,
      retiredAtMs: undefined,
    }))
    const generated = this.#secrets.turnPreviousSecrets.map(({ secret, retiredAtMs }) => ({
      id: idOf(secret),
      secret,
      origin: 'generated' as const,
      retiredAtMs,
    }))
    return [...configured, ...generated]
  }

  rotate(): Promise<Rotation> {
    return this.#oneAtATime(async () => {
      if (this.origin() === 'config') return { ok: false, message: SET_BY_CONFIG }
      const { turnStaticAuthSecret: old, turnPreviousSecrets: before } = this.#secrets
      if (before.length >= MAX_PREVIOUS) return { ok: false, message: TOO_MANY }
      const secret = randomKey()
      const retiredAtMs = (this.#options.now ?? Date.now)()
      const turnPreviousSecrets = [{ secret: old, retiredAtMs }, ...before]
      await this.#keep({ turnStaticAuthSecret: secret, turnPreviousSecrets })
      return { ok: true, secret }
    })
  }

  retire(id: string): Promise<boolean> {
    return this.#oneAtATime(async () => {
      const { turnPreviousSecrets: before } = this.#secrets
      const left = before.filter(({ secret }) => idOf(secret) !== id)
      if (left.length === before.length) return false
      await this.#keep({ turnPreviousSecrets: left })
      return true
    })
  }

  follow(config: Config): void {
    this.#config = config
    this.#tell()
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener)
  }

  /** What could not be written is not used either: the next start would not know it. */
  async #keep(changed: Partial<Secrets>): Promise<void> {
    await this.#options.file.replace(changed)
    this.#tell()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }

  #oneAtATime<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#changing.then(change, change)
    this.#changing = done
    return done
  }
}

/** Names a secret without telling it. */
function idOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex').slice(0, 12)
}
