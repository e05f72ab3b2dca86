import { type ReadonlySignal, signal } from '@preact/signals'
import type { AuditEntry, AuditPage } from '#api'
import type { Reply } from './json-api.ts'
import type { PollDeps } from './polled-facts.ts'
import type { UsersClient } from './users-client.ts'

/** What is shown of the audit log, the latest first. */
export type AuditView = Readonly<{
  entries: readonly AuditEntry[]
  hasMore: boolean
  /** What entries contain, empty where all are shown. */
  find: string
}>

/** The audit log, a page at a time. */
export class AuditList {
  readonly #deps: Pick<PollDeps, 'withLogin'> & Readonly<{ client: Pick<UsersClient, 'audit'> }>
  readonly #view = signal<AuditView | undefined>(undefined)
  readonly #problem = signal<string | undefined>(undefined)
  /** Counts questions: an answer to an earlier one is of no interest. */
  #asked = 0

  /** `undefined` until the first page has arrived. */
  readonly view: ReadonlySignal<AuditView | undefined> = this.#view
  readonly problem: ReadonlySignal<string | undefined> = this.#problem

  constructor(
    deps: Pick<PollDeps, 'withLogin'> & Readonly<{ client: Pick<UsersClient, 'audit'> }>,
  ) {
    this.#deps = deps
  }

  /** Shows the latest entries that contain a text. */
  async show(find: string): Promise<void> {
    await this.#ask(find, undefined)
  }

  /** Shows entries from before those that are there. */
  async showMore(): Promise<void> {
    const view = this.#view.value
    if (view?.hasMore) await this.#ask(view.find, view)
  }

  async #ask(find: string, known: AuditView | undefined): Promise<void> {
    const before = known?.entries.at(-1)?.atMs
    const question = ++this.#asked
    const reply: Reply<AuditPage> = await this.#deps.withLogin(() =>
      this.#deps.client.audit({ find, ...(before === undefined ? {} : { before }) }),
    )
    if (question !== this.#asked) return
    this.#problem.value = reply.ok ? undefined : reply.message
    if (!reply.ok) return
    const { entries, hasMore } = reply.value
    this.#view.value = { entries: [...(known?.entries ?? []), ...entries], hasMore, find }
  }
}
