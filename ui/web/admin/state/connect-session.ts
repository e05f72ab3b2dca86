import { type ReadonlySignal, signal } from '@preact/signals'
import type { CallOutcome } from './sfu-trial.ts'

/** How far the admin has come with a chat server. Forgotten when the page is closed: nothing depends on it. */
export class ConnectSession {
  readonly #product = signal<string | undefined>(undefined)
  readonly #pasted = signal<ReadonlySet<string>>(new Set())
  readonly #call = signal<CallOutcome | 'running' | undefined>(undefined)

  /** The chat server that was chosen. */
  readonly product: ReadonlySignal<string | undefined> = this.#product
  /** The products whose settings were entered, as the admin says. */
  readonly pasted: ReadonlySignal<ReadonlySet<string>> = this.#pasted
  /** The latest call from this browser. */
  readonly call: ReadonlySignal<CallOutcome | 'running' | undefined> = this.#call

  choose(product: string): void {
    this.#product.value = product
  }

  markPasted(product: string, isPasted: boolean): void {
    const others = [...this.#pasted.value].filter((each) => each !== product)
    this.#pasted.value = new Set(isPasted ? [...others, product] : others)
  }

  noteCall(call: CallOutcome | 'running' | undefined): void {
    this.#call.value = call
  }
}

/** The one of this page load; going to another part and back keeps it. */
export const connectSession = new ConnectSession()
