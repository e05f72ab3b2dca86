import { type ReadonlySignal, signal } from '@preact/signals'
import type { AlertDetails, AlertTestAnswer } from '#api'
import type { AlertsClient } from './alerts-client.ts'
import { type PollDeps, PolledFacts } from './polled-facts.ts'

/** What the alerts page needs besides the API. */
export type AlertsPageDeps = PollDeps & Readonly<{ client: AlertsClient }>

const REFRESH_MS = 2000

/** The alerts, kept current while the page is open, and what the admin does with them. */
export class AlertsPage {
  readonly #deps: AlertsPageDeps
  readonly #facts: PolledFacts<AlertDetails>
  readonly #answers = signal<readonly AlertTestAnswer[]>([])
  readonly #isTesting = signal(false)

  /** How each channel took the latest test of this page; empty before one. */
  readonly answers: ReadonlySignal<readonly AlertTestAnswer[]> = this.#answers
  readonly isTesting: ReadonlySignal<boolean> = this.#isTesting

  constructor(deps: AlertsPageDeps) {
    this.#deps = deps
    this.#facts = new PolledFacts(deps, {
      fetch: () => deps.client.details(),
      delayMs: () => REFRESH_MS,
    })
  }

  /** `undefined` until the first arrive. */
  get details(): ReadonlySignal<AlertDetails | undefined> {
    return this.#facts.details
  }

  /** Why the facts are not current, `undefined` while they are. */
  get problem(): ReadonlySignal<string | undefined> {
    return this.#facts.problem
  }

  /** Fetches the facts now, and again until it is closed. */
  open(): void {
    this.#facts.open()
  }

  close(): void {
    this.#facts.close()
  }

  /** Says nothing of an alert for so long, 0 to speak again; answers why not, `undefined` when it is so. */
  silence(id: string, minutes: number): Promise<string | undefined> {
    return this.#facts.change((csrf) => this.#deps.client.silence(csrf, id, minutes))
  }

  /** Sends a test through every channel; answers why not, `undefined` when each has answered. */
  async test(): Promise<string | undefined> {
    this.#isTesting.value = true
    const reply = await this.#deps.withLogin((csrf) => this.#deps.client.test(csrf))
    this.#isTesting.value = false
    if (!reply.ok) return reply.message
    this.#answers.value = reply.value.answers
    await this.#facts.refresh()
    return undefined
  }
}
