import type { Places } from '../server/quotas.ts'
import { reservationLifetimeSeconds } from '../server/reservations.ts'
import type { RelayUser } from '../server/turn-io.ts'
import type { RelayPorts } from './relay-ports.ts'

type Reserved = Readonly<{ user: RelayUser; timer: NodeJS.Timeout }>

/** Relay ports kept out of use for who holds their token; each takes a place until it is claimed or 30 s are over. */
export class ReservedPorts {
  readonly #places: Places
  readonly #byRange = new Map<RelayPorts, Map<number, Reserved>>()

  constructor(places: Places) {
    this.#places = places
  }

  /** Keeps a port that is marked as taken, and its place, for the reservation's lifetime. */
  add(ports: RelayPorts, port: number, user: RelayUser): void {
    const timer = setTimeout(() => this.release(ports, port), reservationLifetimeSeconds * 1000)
    const reserved = this.#byRange.get(ports) ?? new Map<number, Reserved>()
    this.#byRange.set(ports, reserved)
    reserved.set(port, { user, timer: timer.unref() })
  }

  /** Gives a port and its place back; nothing happens when it is not kept, or not for this user. */
  release(ports: RelayPorts, port: number, userId?: string): void {
    const reserved = this.#byRange.get(ports)?.get(port)
    // A token holds as long as a reservation, so it may outlive its own and meet another's.
    if (!reserved || (userId !== undefined && userId !== reserved.user.userId)) return
    this.#byRange.get(ports)?.delete(port)
    clearTimeout(reserved.timer)
    ports.release(port)
    this.#places.release({ ...reserved.user, places: 1 })
  }

  /** Gives all back. */
  releaseAll(): void {
    for (const [ports, reserved] of this.#byRange) {
      for (const port of [...reserved.keys()]) this.release(ports, port)
    }
  }
}
