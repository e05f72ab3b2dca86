import { randomInt } from 'node:crypto'

const randomTries = 64

/** Which relay ports are taken on one IP, and which to try next: unguessable ones first (RFC 8656 §7.2), then every free one. */
export class RelayPorts {
  readonly #min: number
  readonly #max: number
  readonly #taken = new Set<number>()

  constructor(min: number, max: number) {
    this.#min = min
    this.#max = max
  }

  /** How many ports are taken. */
  get taken(): number {
    return this.#taken.size
  }

  /** Whether a port is marked as in use; a reserved one may be of another engine's part of the range. */
  isTaken(port: number): boolean {
    return this.#taken.has(port)
  }

  /** Marks a port as in use. */
  take(port: number): void {
    this.#taken.add(port)
  }

  /** Gives a port back. */
  release(port: number): void {
    this.#taken.delete(port)
  }

  /** Yields ports to try; with `even` only even ones, with `pair` only those whose next port is free too. */
  *candidates(wanted: Readonly<{ even: boolean; pair: boolean }>): Generator<number> {
    const fits = (port: number): boolean =>
      !this.#taken.has(port) &&
      (!wanted.even || port % 2 === 0) &&
      (!wanted.pair || (port < this.#max && !this.#taken.has(port + 1)))
    for (let i = 0; i < randomTries; i++) {
      const port = randomInt(this.#min, this.#max + 1)
      if (fits(port)) yield port
    }
    const size = this.#max - this.#min + 1
    const start = randomInt(size)
    for (let i = 0; i < size; i++) {
      const port = this.#min + ((start + i) % size)
      if (fits(port)) yield port
    }
  }
}
