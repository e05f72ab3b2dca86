import { createHmac, timingSafeEqual } from 'node:crypto'
import { type FiveTuple, fiveTupleKey } from '../protocol/transport-address.ts'

const lifetimeSeconds = 3600 // RFC 8656 §5: a nonce should expire at least once an hour
const cookieStart = 'obMatJos2' // RFC 8489 §9.2
const cookieLength = 13
const timeLength = 4
const tagLength = 10
const nonceLength = 32

/** What a nonce says about the server; an attacker who changes it makes the nonce another's (RFC 8489 §9.2.1). */
export type SecurityFeatures = Readonly<{ passwordAlgorithms: boolean; usernameAnonymity: boolean }>

/**
 * Nonces that need no memory: the nonce cookie, the time of issue and a keyed hash of both and the client's five-tuple.
 * A nonce therefore proves that this client received an answer of this server lately, and which features it named; 32
 * characters. Engines with the same secret take each other's.
 */
export class Nonces {
  readonly #secret: Uint8Array

  constructor(secret: Uint8Array) {
    this.#secret = secret
  }

  /** A nonce for this client, good for an hour. */
  issue(client: FiveTuple, unixSeconds: number, features: SecurityFeatures): string {
    const time = Buffer.alloc(timeLength)
    time.writeUInt32BE(Math.floor(unixSeconds) >>> 0)
    return this.#nonce(cookieOf(features), time, client)
  }

  /** Whether a nonce was issued to this client within the hour. */
  isFresh(nonce: string, client: FiveTuple, unixSeconds: number): boolean {
    const given = Buffer.from(nonce)
    if (given.length !== nonceLength) return false
    const time = Buffer.from(nonce.slice(cookieLength), 'base64url').subarray(0, timeLength)
    if (time.length !== timeLength) return false
    const ageSeconds = Math.floor(unixSeconds) - time.readUInt32BE()
    if (ageSeconds < 0 || ageSeconds > lifetimeSeconds) return false
    const issued = this.#nonce(nonce.slice(0, cookieLength), time, client)
    return timingSafeEqual(Buffer.from(issued), given)
  }

  #nonce(cookie: string, time: Uint8Array, client: FiveTuple): string {
    const hash = createHmac('sha256', this.#secret).update(cookie).update(time)
    const tag = hash.update(fiveTupleKey(client)).digest().subarray(0, tagLength)
    return `${cookie}${Buffer.concat([time, tag]).toString('base64url')}`
  }
}

/** The features a nonce names; none for one without the cookie. */
export function featuresOf(nonce: string): SecurityFeatures {
  const named = nonce.startsWith(cookieStart) && nonce.length >= cookieLength
  const bits = named ? Buffer.from(nonce.slice(cookieStart.length, cookieLength), 'base64') : []
  const last = bits[2] ?? 0
  return { passwordAlgorithms: (last & 1) !== 0, usernameAnonymity: (last & 2) !== 0 }
}

/** Bits are counted from the right, as the sample request of RFC 8489 B.1 and erratum 6290 have it. */
function cookieOf({ passwordAlgorithms, usernameAnonymity }: SecurityFeatures): string {
  const bits = (passwordAlgorithms ? 1 : 0) | (usernameAnonymity ? 2 : 0)
  return `${cookieStart}${Buffer.of(0, 0, bits).toString('base64')}`
}
