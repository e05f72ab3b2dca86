import { type ReadonlySignal, signal } from '@preact/signals'
import type { KernelChanged, KernelDetails } from '#api'
import type { Reply } from './json-api.ts'
import type { KernelClient } from './kernel-client.ts'
import { type PollDeps, PolledFacts } from './polled-facts.ts'

/** What the kernel page needs besides the API. */
export type KernelPageDeps = PollDeps & Readonly<{ client: KernelClient }>

/** Others change them rarely, at a terminal. */
const REFRESH_MS = 10_000

/** The kernel's settings, kept current while the page is open, and what the admin does with them. */
export class KernelPage extends PolledFacts<KernelDetails> {
  readonly #deps: KernelPageDeps
  readonly #outcome = signal<string | undefined>(undefined)

  /** What the latest change came to, a sentence. */
  readonly outcome: ReadonlySignal<string | undefined> = this.#outcome

  constructor(deps: KernelPageDeps) {
    super(deps, {
      fetch: () => deps.client.details(),
      delayMs: () => REFRESH_MS,
    })
    this.#deps = deps
  }

  /** Applies the settings; answers what is wrong, `undefined` when they are in place. */
  async apply(): Promise<string | undefined> {
    return this.#change((csrf) => this.#deps.client.apply(csrf))
  }

  /** Takes them back; answers what is wrong, `undefined` when that is done. */
  async revert(): Promise<string | undefined> {
    return this.#change((csrf) => this.#deps.client.revert(csrf))
  }

  #change(work: (csrf: string) => Promise<Reply<KernelChanged>>): Promise<string | undefined> {
    this.#outcome.value = undefined
    return this.change(async (csrf) => {
      const reply = await work(csrf)
      if (!reply.ok) return reply
      this.#outcome.value = reply.value.message
      return { ok: true, value: reply.value.details }
    })
  }
}

/** The verdict on all settings in one sentence. */
export function kernelVerdict({ settings }: KernelDetails): string {
  const differ = settings.filter(({ state }) => state === 'differs').length
  const hidden = settings.filter(({ state }) => state === 'hidden').length
  if (differ > 0) return `${differ} of ${settings.length} settings are not as calls need them.`
  if (hidden > 0) return 'Every setting that can be seen from here is as calls need it.'
  return settings.length === 0 ? 'Nothing can be told.' : 'Every setting is as calls need it.'
}
