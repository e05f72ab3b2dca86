import { createHmac } from 'node:crypto'
import { userhashOf } from '../protocol/attributes/userhash.ts'
import { type KnownUser, longTermKeys } from './known-user.ts'
import { StaticUsers } from './static-users.ts'
import type { Now } from './turn-io.ts'

/** Who may use the server. */
export interface Credentials {
  /** The user a name stands for now; undefined for an unknown or expired name. */
  userOf(username: string, now: Now): KnownUser | undefined
  /** The listed name with this USERHASH; names that follow from a secret are not listed, so they are not found. */
  nameOf(userhash: Uint8Array): string | undefined
  /** Whether every name can be found by its USERHASH, so that clients may be told to use it (RFC 8489 §9.2.4). */
  readonly allNamesListed: boolean
}

/** Where credentials come from: secrets shared with chat servers, the first is current, and users with a password. */
export type CredentialSources = Readonly<{
  secrets: readonly string[]
  users?: ReadonlyMap<string, string>
}>

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

/** Credentials of both kinds at once: names that follow from a shared secret and expire, and listed users that do not. */
export class LongTermCredentials implements Credentials {
  readonly #realm: string
  #secrets: readonly string[] = []
  #users: StaticUsers

  constructor(realm: string, sources: CredentialSources) {
    this.#realm = realm
    this.#users = new StaticUsers(realm, new Map())
    this.replace(sources)
  }

  /** Forgets all sources and takes these; who has an allocation keeps it. */
  replace({ secrets, users = new Map() }: CredentialSources): void {
    this.#secrets = secrets
    this.#users = new StaticUsers(this.#realm, users)
  }

  get allNamesListed(): boolean {
    return this.#secrets.length === 0 && this.#users.size > 0
  }

  userOf(username: string, now: Now): KnownUser | undefined {
    return this.#users.userOf(username) ?? this.#sharedSecretUser(username, now)
  }

  nameOf(userhash: Uint8Array): string | undefined {
    return this.#users.nameOf(userhash)
  }

  #sharedSecretUser(username: string, now: Now): KnownUser | undefined {
    const parts = usernamePattern.exec(username)
    if (!parts || this.#secrets.length === 0) return undefined
    const remainingSeconds = Number(parts[1]) - now.unixSeconds
    if (remainingSeconds <= 0 || remainingSeconds > longestLifetimeSeconds) return undefined
    const keys = this.#secrets.map((secret) =>
      longTermKeys(username, this.#realm, passwordOf(username, secret)),
    )
    return { keys, userId: parts[2] ? parts[2] : username }
  }
}

/** Whether a USERHASH stands for a name. */
export function isHashOf(userhash: Uint8Array, username: string, realm: string): boolean {
  return Buffer.compare(userhashOf(username, realm), userhash) === 0
}

function passwordOf(username: string, secret: string): string {
  return createHmac('sha1', secret).update(username).digest('base64')
}
