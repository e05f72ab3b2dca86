import type { TransportAddress } from '../protocol/transport-address.ts'
import type { AllocationId, RandomSource } from './turn-io.ts'

/** A relay port that waits for its allocation (RFC 8656 §7.2); `id` becomes the allocation's. */
export type Reservation = Readonly<{
  id: AllocationId
  token: Uint8Array
  userId: string
  relayed: TransportAddress
}>

/** Milliseconds a reserved port waits (RFC 8656 §7.2: at least 30 s). */
export const reservationLifetimeMs = 30_000

/** Reserved relay ports by token and by id. */
export class Reservations {
  readonly #byToken = new Map<string, Reservation>()
  readonly #byId = new Map<AllocationId, Reservation>()
  readonly #random: RandomSource

  constructor(random: RandomSource) {
    this.#random = random
  }

  /** How many ports wait. */
  get size(): number {
    return this.#byId.size
  }

  /** Keeps a bound port under a fresh token. */
  add(id: AllocationId, userId: string, relayed: TransportAddress): Reservation {
    const reservation = { id, token: this.#random.bytes(8), userId, relayed }
    this.#byToken.set(tokenKey(reservation.token), reservation)
    this.#byId.set(id, reservation)
    return reservation
  }

  /** Takes out the port a user reserved; undefined when the token is unknown, spent or another user's. */
  claim(token: Uint8Array, userId: string): Reservation | undefined {
    const reservation = this.#byToken.get(tokenKey(token))
    if (reservation?.userId !== userId) return undefined
    this.take(reservation.id)
    return reservation
  }

  /** Takes out a reservation by its id; undefined when there is none. */
  take(id: AllocationId): Reservation | undefined {
    const reservation = this.#byId.get(id)
    if (!reservation) return undefined
    this.#byId.delete(id)
    this.#byToken.delete(tokenKey(reservation.token))
    return reservation
  }

  /** Whether both indexes hold the same reservations; for tests. */
  indexesAgree(): boolean {
    return this.#byId.size === this.#byToken.size
  }
}

function tokenKey(token: Uint8Array): string {
  return token.join(' ')
}
