import { type ReadonlySignal, signal } from '@preact/signals'
import type { AlertDetails, AlertTestAnswer } from '#api'
import type { AlertsClient } from './alerts-client.ts'
import { type PollDeps, PolledFacts } from './polled-facts.ts'

/** What the alerts page needs besides the API. */
export type AlertsPageDeps = PollDeps & Readonly<{ client: AlertsClient }>

const REFRESH_MS = 2000

/** The alerts, kept current while the page is open, and what the admin does with them. */
export class AlertsPage extends PolledFacts<AlertDetails> {
  readonly #deps: AlertsPageDeps
  readonly #answers = signal<readonly AlertTestAnswer[]>([])
  readonly #isTesting = signal(false)

  /** How each channel took the latest test of this page; empty before one. */
  readonly answers: ReadonlySignal<readonly AlertTestAnswer[]> = this.#answers
  readonly isTesting: ReadonlySignal<boolean> = this.#isTesting

  constructor(deps: AlertsPageDeps) {
    super(deps, {
      fetch: () => deps.client.details(),
      delayMs: () => REFRESH_MS,
    })
    this.#deps = deps
  }

  /** Says nothing of an alert for so long, 0 to speak again; answers why not, `undefined` when it is so. */
  silence(id: string, minutes: number): Promise<string | undefined> {
    return this.change((csrf) => this.#deps.client.silence(csrf, id, minutes))
  }

  /** Sends a test through every channel; answers why not, `undefined` when each has answered. */
  async test(): Promise<string | undefined> {
    this.#isTesting.value = true
    const reply = await this.#deps.withLogin((csrf) => this.#deps.client.test(csrf))
    this.#isTesting.value = false
    if (!reply.ok) return reply.message
    this.#answers.value = reply.value.answers
    await this.refresh()
    return undefined
  }
}
