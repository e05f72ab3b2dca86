type Entry<K> = { id: K; atMs: number }

/** Every deadline in one table: a binary heap that knows where each id lies, so moving one leaves nothing behind. */
export class Deadlines<K = string> {
  readonly #heap: Entry<K>[] = []
  readonly #places = new Map<K, number>()

  /** How many ids have a deadline. */
  get size(): number {
    return this.#heap.length
  }

  /** The earliest deadline in monotonic ms; undefined when there is none. */
  next(): number | undefined {
    return this.#heap[0]?.atMs
  }

  /** Gives an id its deadline, or moves the one it has. */
  set(id: K, atMs: number): void {
    this.delete(id)
    this.#place({ id, atMs }, this.#heap.length)
    this.#rise(this.#heap.length - 1)
  }

  /** Takes an id's deadline away; nothing happens when it has none. */
  delete(id: K): void {
    const place = this.#places.get(id)
    if (place === undefined) return
    this.#places.delete(id)
    const last = this.#heap.pop()
    if (!last || last.id === id) return
    this.#place(last, place)
    this.#rise(place)
    this.#sink(this.#places.get(last.id) ?? place)
  }

  /** Takes out one id whose deadline has come; undefined when there is none. */
  takeDue(nowMs: number): K | undefined {
    const first = this.#heap[0]
    if (!first || first.atMs > nowMs) return undefined
    this.delete(first.id)
    return first.id
  }

  #place(entry: Entry<K>, place: number): void {
    this.#heap[place] = entry
    this.#places.set(entry.id, place)
  }

  #rise(from: number): void {
    let place = from
    while (place > 0) {
      const above = (place - 1) >> 1
      if (!this.#swapIfEarlier(place, above)) return
      place = above
    }
  }

  #sink(from: number): void {
    let place = from
    for (;;) {
      const left = 2 * place + 1
      const earliest = this.#atMs(left + 1) < this.#atMs(left) ? left + 1 : left
      if (!this.#swapIfEarlier(earliest, place)) return
      place = earliest
    }
  }

  #atMs(place: number): number {
    return this.#heap[place]?.atMs ?? Number.POSITIVE_INFINITY
  }

  #swapIfEarlier(lower: number, upper: number): boolean {
    const below = this.#heap[lower]
    const above = this.#heap[upper]
    if (!below || !above || below.atMs >= above.atMs) return false
    this.#place(below, upper)
    this.#place(above, lower)
    return true
  }
}
