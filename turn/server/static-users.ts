import { userhashOf } from '../protocol/attributes/userhash.ts'
import { opaqueString } from '../protocol/opaque-string.ts'
import { type KnownUser, longTermKeys } from './known-user.ts'

const longestNameBytes = 508 // RFC 8489 §14.3

/** What is wrong with a user's name or password, for the operator; undefined when nothing is. The password is not repeated. */
export function userFault(name: string, password: string): string | undefined {
  if (opaqueString(name) === undefined) return 'a user name is empty or has control characters'
  if (Buffer.byteLength(name) > longestNameBytes) {
    return `the user name "${name.slice(0, 20)}…" is longer than ${longestNameBytes} bytes`
  }
  if (opaqueString(password) === undefined) {
    return `the password of "${name}" is empty or has control characters`
  }
  return undefined
}

/**
 * Users with a password that does not expire. Keys are made once. RFC 8489 has clients prepare names and passwords
 * (RFC 8265) and browsers do not, so both spellings hold where they differ.
 */
export class StaticUsers {
  readonly #realm: string
  readonly #byName = new Map<string, KnownUser>()
  readonly #nameByHash = new Map<string, string>()

  constructor(realm: string, passwords: ReadonlyMap<string, string>) {
    this.#realm = realm
    for (const [name, password] of passwords) this.#add(name, password)
  }

  /** How many names there are. */
  get size(): number {
    return this.#byName.size
  }

  userOf(username: string): KnownUser | undefined {
    return this.#byName.get(username)
  }

  nameOf(userhash: Uint8Array): string | undefined {
    return this.#nameByHash.get(Buffer.from(userhash).toString('base64'))
  }

  #add(userId: string, password: string): void {
    for (const name of spellings(userId)) {
      const keys = spellings(password).map((spelling) => longTermKeys(name, this.#realm, spelling))
      this.#byName.set(name, { userId, keys, isListed: true })
      const hash = Buffer.from(userhashOf(name, this.#realm)).toString('base64')
      this.#nameByHash.set(hash, name)
    }
  }
}

function spellings(text: string): readonly string[] {
  return [...new Set([text, opaqueString(text) ?? text])]
}
