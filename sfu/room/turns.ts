/** Things that are looked at in one call of `take`, wanted or not. */
const maxLooked = 2_000

/** Goes through things again and again, a few at a time, each in its turn; they may come and go meanwhile. */
export class Turns<T> {
  readonly #all: () => Iterator<T>
  #round: Iterator<T>

  /** `all` starts a round; what it walks through may change while it is under way. */
  constructor(all: () => Iterator<T>) {
    this.#all = all
    this.#round = all()
  }

  /** The next that are wanted, at most so many, and no further than once around. */
  take(most: number, wanted: (thing: T) => boolean): T[] {
    const taken: T[] = []
    let rounds = 0
    for (let looked = 0; looked < maxLooked && taken.length < most; looked += 1) {
      const { done, value } = this.#round.next()
      if (!done) {
        if (wanted(value)) taken.push(value)
        continue
      }
      this.#round = this.#all()
      rounds += 1
      if (rounds === 2) break
    }
    return taken
  }
}
