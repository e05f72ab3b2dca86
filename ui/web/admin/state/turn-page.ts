import { type ReadonlySignal, signal } from '@preact/signals'
import type { TurnDetails, TurnSecret, TurnUrl } from '#api'
import type { Reply } from './json-api.ts'
import { type PollDeps, PolledFacts } from './polled-facts.ts'
import type { TrialOutcome, TryDoor } from './relay-trial.ts'
import type { TurnClient } from './turn-client.ts'

/** What the TURN page needs besides the API. */
export type TurnPageDeps = PollDeps & Readonly<{ client: TurnClient; tryDoor: TryDoor }>

/** One door as this browser found it; `undefined` while it tries. */
export type Trial = Readonly<{ door: TurnUrl; outcome: TrialOutcome | undefined }>

const REFRESH_MS = 2000

/** The facts about the relay, kept current while the page is open, and what the admin does with it. */
export class TurnPage extends PolledFacts<TurnDetails> {
  readonly #deps: TurnPageDeps
  readonly #secret = signal<TurnSecret | undefined>(undefined)
  readonly #isTesting = signal(false)
  readonly #trials = signal<readonly Trial[]>([])

  /** The secrets, once the admin has asked to see them. */
  readonly secret: ReadonlySignal<TurnSecret | undefined> = this.#secret
  readonly isTesting: ReadonlySignal<boolean> = this.#isTesting

  /** The doors as tried from this browser; empty until that was asked for. */
  readonly trials: ReadonlySignal<readonly Trial[]> = this.#trials

  constructor(deps: TurnPageDeps) {
    super(deps, {
      fetch: () => deps.client.details(),
      delayMs: () => REFRESH_MS,
    })
    this.#deps = deps
  }

  /** Stops asking, and forgets the secrets. */
  override close(): void {
    super.close()
    this.#secret.value = undefined
  }

  /** Tests the relay; answers what is wrong with asking, `undefined` when the result has come. */
  async runSelfTest(): Promise<string | undefined> {
    if (this.#isTesting.value) return undefined
    this.#isTesting.value = true
    const fault = await this.change((csrf) => this.#deps.client.runSelfTest(csrf))
    this.#isTesting.value = false
    return fault
  }

  /** Reaches the relay from this browser by every door; answers what is wrong with asking. */
  async tryFromHere(): Promise<string | undefined> {
    const doors = this.details.value?.urls.turn ?? []
    if (this.#trials.value.some(({ outcome }) => outcome === undefined)) return undefined
    this.#trials.value = doors.map((door) => ({ door, outcome: undefined }))
    const reply = await this.#deps.withLogin((csrf) => this.#deps.client.testCredentials(csrf))
    if (!reply.ok) {
      this.#trials.value = []
      return reply.message
    }
    await Promise.all(
      doors.map(async (door) => {
        const outcome = await this.#deps.tryDoor(door, reply.value)
        this.#trials.value = this.#trials.value.map((trial) =>
          trial.door === door ? { door, outcome } : trial,
        )
      }),
    )
    return undefined
  }

  /** Ends an allocation; answers what is wrong, `undefined` when it is gone. */
  async disconnect(id: string): Promise<string | undefined> {
    return this.change((csrf) => this.#deps.client.disconnect(csrf, id), 'ALLOCATION_UNKNOWN')
  }

  /** Forgets a previous secret; answers what is wrong, `undefined` when it is gone. */
  async retireSecret(id: string): Promise<string | undefined> {
    return this.change((csrf) => this.#deps.client.retireSecret(csrf, id))
  }

  /** Makes a new secret and shows it; answers what is wrong, `undefined` when it is there. */
  async rotateSecret(): Promise<string | undefined> {
    const fault = await this.#show((csrf) => this.#deps.client.rotateSecret(csrf))
    if (fault === undefined) await this.refresh()
    return fault
  }

  /** Shows the secrets; answers what is wrong, `undefined` when they are there. */
  async revealSecret(password: string): Promise<string | undefined> {
    return this.#show((csrf) => this.#deps.client.revealSecret(csrf, password))
  }

  hideSecret(): void {
    this.#secret.value = undefined
  }

  async #show(work: (csrf: string) => Promise<Reply<TurnSecret>>): Promise<string | undefined> {
    const reply = await this.#deps.withLogin(work)
    if (!reply.ok) return reply.message
    if (this.isOpen) this.#secret.value = reply.value
    return undefined
  }
}
