/** The listeners of one object's events; an event reaches those that were added before it. */
export class Listeners<E> {
  readonly #listeners: ((event: E) => void)[] = []

  add(listener: (event: E) => void): void {
    this.#listeners.push(listener)
  }

  emit(event: E): void {
    for (const listener of [...this.#listeners]) listener(event)
  }
}
