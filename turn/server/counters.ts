import type { DropReason } from './turn-io.ts'

/** Counts what went through and what did not. */
export class Counters {
  receivedBytes = 0
  sentBytes = 0
  /** Requests signed with wrong credentials. */
  authFailures = 0
  readonly #rejections = new Map<number, number>()
  readonly #drops = new Map<DropReason, number>()

  /** Counts an error response by its code. */
  countRejection(code: number): void {
    this.#rejections.set(code, (this.#rejections.get(code) ?? 0) + 1)
  }

  /** Counts a packet that led to nothing; `undefined` is none. */
  countDrop(reason: DropReason | undefined): void {
    if (reason) this.#drops.set(reason, (this.#drops.get(reason) ?? 0) + 1)
  }

  /** Error responses by code. */
  get rejectionsByCode(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#rejections)
  }

  /** Dropped packets by reason. */
  get dropsByReason(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#drops)
  }
}
