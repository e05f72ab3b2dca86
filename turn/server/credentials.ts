import { createHmac } from 'node:crypto'
import { longTermKey } from '../protocol/integrity.ts'
import type { Now } from './turn-io.ts'

/** Who may use the server. `keysFor` gives every long-term key that is right for a name now, undefined for an unknown or expired name. */
export interface Credentials {
  keysFor(
    username: string,
    now: Now,
  ): Readonly<{ keys: readonly Uint8Array[]; userId: string }> | undefined
}

/** A user name and password for a while, as browsers take them in `iceServers`. */
export type IssuedCredentials = Readonly<{
  username: string
  password: string
  expiresAtSeconds: number
}>

const longestLifetimeSeconds = 8 * 86_400 // a week, the most a chat server issues, and a day for clocks that differ
const usernamePattern = /^(\d{1,11})(?::([\s\S]*))?$/

/** Issues credentials that hold `lifetimeSeconds`: name `expiry:id`, password base64 HMAC-SHA1 of the name (draft-uberti-behave-turn-rest-00 §2.2). */
export function issueCredentials(
  options: Readonly<{ secret: string; id: string; lifetimeSeconds: number; nowSeconds: number }>,
): IssuedCredentials {
  const expiresAtSeconds = Math.floor(options.nowSeconds) + options.lifetimeSeconds
  const username = `${expiresAtSeconds}:${options.id}`
  return { username, password: passwordOf(username, options.secret), expiresAtSeconds }
}

/** Credentials that follow from secrets shared with the chat server; several hold at once while one replaces another. */
export class SharedSecretCredentials implements Credentials {
  readonly #secrets: readonly string[]
  readonly #realm: string

  constructor(secrets: readonly string[], realm: string) {
    this.#secrets = secrets
    this.#realm = realm
  }

  keysFor(username: string, now: Now): ReturnType<Credentials['keysFor']> {
    const parts = usernamePattern.exec(username)
    if (!parts) return undefined
    const remainingSeconds = Number(parts[1]) - now.unixSeconds
    if (remainingSeconds <= 0 || remainingSeconds > longestLifetimeSeconds) return undefined
    const keys = this.#secrets.map((secret) =>
      longTermKey(username, this.#realm, passwordOf(username, secret)),
    )
    return { keys, userId: parts[2] ? parts[2] : username }
  }
}

function passwordOf(username: string, secret: string): string {
  return createHmac('sha1', secret).update(username).digest('base64')
}
