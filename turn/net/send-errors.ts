type OnSent = (error: Error | null) => void

const askedOneIn = 16

/**
 * Counts datagrams that the operating system refused. Node tells that only to a callback, which costs a twentieth of a
 * relayed packet, so while all goes well one in sixteen asks; after a failure each one does, until sixteen in a row went out.
 */
export class SendErrors {
  #count = 0
  #untilAsked = 1
  #wellInARow = 0

  /** Refused datagrams that were noticed. */
  get count(): number {
    return this.#count
  }

  /** What to give to the next `send`. */
  next(): OnSent | undefined {
    this.#untilAsked--
    if (this.#untilAsked > 0) return undefined
    this.#untilAsked = this.#wellInARow >= askedOneIn ? askedOneIn : 1
    return this.note
  }

  /** Takes the outcome of a send. */
  readonly note: OnSent = (error) => {
    if (error) {
      this.#count++
      this.#wellInARow = 0
      this.#untilAsked = 1
    } else this.#wellInARow++
  }
}
