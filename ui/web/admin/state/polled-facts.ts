import { type ReadonlySignal, signal } from '@preact/signals'
import type { Reply } from './json-api.ts'

/** What every page that asks again and again needs of its surroundings. */
export type PollDeps = Readonly<{
  /** Runs a request with the log-in's CSRF token; an ended log-in leads away from the page. */
  withLogin: <T>(work: (csrf: string) => Promise<Reply<T>>) => Promise<Reply<T>>
  /** Whether somebody can see the page; while nobody can, nothing is asked. */
  isVisible: () => boolean
  /** Runs work later; returns how to call that off. */
  after: (delayMs: number, work: () => void) => () => void
}>

/** Where facts come from, and how long they are good for. */
export type FactsSource<T> = Readonly<{
  fetch: () => Promise<Reply<T>>
  /** Milliseconds until they are asked for again. */
  delayMs: (latest: T | undefined) => number
}>

/** Facts of the server, kept current while a page is open, and what a change makes of them; pages extend it. */
export class PolledFacts<T> {
  readonly #deps: PollDeps
  readonly #source: FactsSource<T>
  readonly #details = signal<T | undefined>(undefined)
  readonly #problem = signal<string | undefined>(undefined)
  #callOff: () => void = () => {}
  #isOpen = false
  /** Counts what was changed: facts that were asked for before are old by then. */
  #changes = 0

  /** `undefined` until the first arrive. */
  readonly details: ReadonlySignal<T | undefined> = this.#details
  /** Why the facts are not current, `undefined` while they are. */
  readonly problem: ReadonlySignal<string | undefined> = this.#problem

  constructor(deps: PollDeps, source: FactsSource<T>) {
    this.#deps = deps
    this.#source = source
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Fetches the facts now, and again until it is closed. */
  open(): void {
    this.#isOpen = true
    void this.refresh()
  }

  close(): void {
    this.#isOpen = false
    this.#callOff()
  }

  /**
   * Runs a change that answers with the new facts; says what is wrong, `undefined` when it went well.
   * A refusal of the code `whenGone` counts as success: what should go is gone.
   */
  async change(
    work: (csrf: string) => Promise<Reply<T>>,
    whenGone?: string,
  ): Promise<string | undefined> {
    const reply = await this.#deps.withLogin(work)
    this.#changes++
    if (reply.ok) {
      this.#take(reply.value)
      this.#plan()
      return undefined
    }
    if (reply.code !== whenGone) return reply.message
    await this.refresh()
    return undefined
  }

  /** Asks at once, as after a change that answered with something else. */
  async refresh(): Promise<void> {
    this.#callOff()
    const changes = this.#changes
    if (this.#deps.isVisible()) {
      const reply = await this.#deps.withLogin(() => this.#source.fetch())
      if (!reply.ok) this.#problem.value = reply.message
      else if (changes === this.#changes) this.#take(reply.value)
    }
    this.#plan()
  }

  #plan(): void {
    this.#callOff()
    if (!this.#isOpen) return
    const delayMs = this.#source.delayMs(this.#details.value)
    this.#callOff = this.#deps.after(delayMs, () => void this.refresh())
  }

  #take(details: T): void {
    this.#details.value = details
    this.#problem.value = undefined
  }
}
