import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Family } from '../protocol/transport-address.ts'

/** Seconds a reserved port waits for its allocation (RFC 8656 §7.2: at least 30 s). */
export const reservationLifetimeSeconds = 30
const tagLength = 4
const expiryModulus = 65_536

/** A relay port a user reserved. */
export type Reservation = Readonly<{ family: Family; port: number }>

/**
 * Reservation tokens that need no memory, so that any engine with the same secret honours them: the port, the second it
 * ends (16 bits each) and a keyed hash of both, the IP version and the user. Whether the port is still free shows when it is bound.
 */
export class Reservations {
  readonly #secret: Uint8Array

  constructor(secret: Uint8Array) {
    this.#secret = createHmac('sha256', secret).update('reservation token').digest()
  }

  /** A token for a port, good for the reservation's lifetime. */
  issue({ family, port }: Reservation, userId: string, unixSeconds: number): Uint8Array {
    const token = Buffer.alloc(8)
    token.writeUInt16BE(port, 0)
    token.writeUInt16BE((Math.floor(unixSeconds) + reservationLifetimeSeconds) % expiryModulus, 2)
    token.set(this.#tag(token, family, userId), 4)
    return token
  }

  /** The port a token stands for; undefined when it was not issued to this user lately. */
  verify(token: Uint8Array, userId: string, unixSeconds: number): Reservation | undefined {
    const bytes = Buffer.from(token)
    if (bytes.length !== 8) return undefined
    const leftSeconds =
      (bytes.readUInt16BE(2) - (Math.floor(unixSeconds) % expiryModulus) + expiryModulus) %
      expiryModulus
    if (leftSeconds > reservationLifetimeSeconds) return undefined
    const families: readonly Family[] = [4, 6]
    const family = families.find((one) =>
      timingSafeEqual(this.#tag(bytes, one, userId), bytes.subarray(4)),
    )
    return family && { family, port: bytes.readUInt16BE(0) }
  }

  #tag(token: Uint8Array, family: Family, userId: string): Uint8Array {
    const hash = createHmac('sha256', this.#secret).update(token.subarray(0, 4))
    return hash.update(`${family} ${userId}`).digest().subarray(0, tagLength)
  }
}
