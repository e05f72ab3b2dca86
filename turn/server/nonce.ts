import { createHmac, timingSafeEqual } from 'node:crypto'
import { type FiveTuple, fiveTupleKey } from '../protocol/transport-address.ts'
import type { RandomSource } from './turn-io.ts'

const lifetimeSeconds = 3600 // RFC 8656 §5: a nonce should expire at least once an hour
const timeLength = 4
const tagLength = 12

/**
 * Nonces that need no memory: the time of issue and a keyed hash of that time and the client's five-tuple.
 * A nonce therefore proves that this client received an answer of this server lately; 16 bytes, 22 characters.
 */
export class Nonces {
  readonly #secret: Uint8Array

  constructor(random: RandomSource) {
    this.#secret = random.bytes(32)
  }

  /** A nonce for this client, good for an hour. */
  issue(client: FiveTuple, unixSeconds: number): string {
    const time = Buffer.alloc(timeLength)
    time.writeUInt32BE(Math.floor(unixSeconds) >>> 0)
    return Buffer.concat([time, this.#tag(time, client)]).toString('base64url')
  }

  /** Whether a nonce was issued to this client within the hour. */
  isFresh(nonce: string, client: FiveTuple, unixSeconds: number): boolean {
    const bytes = Buffer.from(nonce, 'base64url')
    if (bytes.length !== timeLength + tagLength) return false
    const time = bytes.subarray(0, timeLength)
    const ageSeconds = Math.floor(unixSeconds) - time.readUInt32BE()
    if (ageSeconds < 0 || ageSeconds > lifetimeSeconds) return false
    return timingSafeEqual(this.#tag(time, client), bytes.subarray(timeLength))
  }

  #tag(time: Uint8Array, client: FiveTuple): Uint8Array {
    const hash = createHmac('sha256', this.#secret).update(time).update(fiveTupleKey(client))
    return hash.digest().subarray(0, tagLength)
  }
}
