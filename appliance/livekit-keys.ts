import type { LivekitKey } from '#api'
import type { Config } from './config/schema.ts'
import { livekitKeys, randomKeyPair, type SecretsFile } from './data-dir.ts'

/** A LiveKit API key with its secret. */
export type KeyPair = Readonly<{ key: string; secret: string }>

/** What came of a rotation; `message` says why not, and what to do instead. */
export type KeyRotation =
  | (Readonly<{ ok: true }> & KeyPair)
  | Readonly<{ ok: false; message: string }>

/** What the store stands on. `file` keeps the keys for the next start. */
export type LivekitKeysOptions = Readonly<{
  config: Config
  file: SecretsFile
  /** Unix milliseconds. */
  now?: () => number
}>

/** The keys by which chat servers sign tokens for calls, as they are at the moment. */
export interface LivekitKeys {
  /** Secrets by key; the first signs the appliance's own tokens. The map itself follows every change. */
  readonly all: ReadonlyMap<string, string>
  /** The one that signs. */
  current(): KeyPair
  /** Every key that admits, the current one first; no secret is among them. */
  list(): readonly LivekitKey[]
  /** Makes a new key; tokens of the present one are good until it is retired. Rejects when it cannot be kept. */
  rotate(): Promise<KeyRotation>
  /** Forgets a previous key; `false` for the current one, one that is not there or that the configuration sets. */
  retire(key: string): Promise<boolean>
}

/** More would only be keys that nobody remembers. */
const MAX_PREVIOUS = 10
/** Enough to tell a secret from another, and no more. */
const HINT_LENGTH = 4

const SET_BY_CONFIG =
  'The configuration sets livekit.keys. Add a key there, restart, and take the old one out when no chat server uses it.'
const TOO_MANY = `${MAX_PREVIOUS} previous keys are still valid. Retire one that no chat server uses any more.`

/** Creates the store. */
export function createLivekitKeys(options: LivekitKeysOptions): LivekitKeys {
  return new KeyStore(options)
}

class KeyStore implements LivekitKeys {
  readonly #options: LivekitKeysOptions
  readonly #all = new Map<string, string>()
  #changing: Promise<unknown> = Promise.resolve()

  readonly all: ReadonlyMap<string, string> = this.#all

  constructor(options: LivekitKeysOptions) {
    this.#options = options
    this.#fill()
  }

  get #isConfigured(): boolean {
    return Object.keys(this.#options.config.livekit.keys).length > 0
  }

  current(): KeyPair {
    const [first] = this.#all
    if (first === undefined) throw new Error('there is always a LiveKit key')
    const [key, secret] = first
    return { key, secret }
  }

  list(): readonly LivekitKey[] {
    const origin = this.#isConfigured ? 'config' : 'generated'
    const { livekitPreviousKeys } = this.#options.file.current()
    const retired = new Map(livekitPreviousKeys.map(({ key, retiredAtMs }) => [key, retiredAtMs]))
    return [...this.#all].map(([key, secret]) => ({
      key,
      origin,
      hint: `${secret.slice(0, HINT_LENGTH)}…`,
      retiredAtMs: origin === 'generated' ? retired.get(key) : undefined,
    }))
  }

  rotate(): Promise<KeyRotation> {
    return this.#oneAtATime(async () => {
      if (this.#isConfigured) return { ok: false, message: SET_BY_CONFIG }
      const { livekit: old, livekitPreviousKeys: before } = this.#options.file.current()
      if (before.length >= MAX_PREVIOUS) return { ok: false, message: TOO_MANY }
      const retiredAtMs = (this.#options.now ?? Date.now)()
      const livekit = randomKeyPair()
      await this.#options.file.replace({
        livekit,
        livekitPreviousKeys: [{ ...old, retiredAtMs }, ...before],
      })
      this.#fill()
      return { ok: true, ...livekit }
    })
  }

  retire(key: string): Promise<boolean> {
    return this.#oneAtATime(async () => {
      const { livekitPreviousKeys: before } = this.#options.file.current()
      const left = before.filter((each) => each.key !== key)
      if (this.#isConfigured || left.length === before.length) return false
      await this.#options.file.replace({ livekitPreviousKeys: left })
      this.#fill()
      return true
    })
  }

  /** Nobody sees the map half full: it is filled in one go. */
  #fill(): void {
    const { config, file } = this.#options
    this.#all.clear()
    for (const [key, secret] of livekitKeys(config, file.current())) this.#all.set(key, secret)
  }

  #oneAtATime<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#changing.then(change, change)
    this.#changing = done
    return done
  }
}
