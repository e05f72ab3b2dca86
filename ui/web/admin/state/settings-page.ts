import { type ReadonlySignal, signal } from '@preact/signals'
import type {
  Setting,
  SettingProblem,
  SettingsDetails,
  SettingsPreview,
  SettingsProposal,
  SettingValue,
} from '#api'
import { type PollDeps, PolledFacts } from './polled-facts.ts'
import type { SettingsClient } from './settings-client.ts'
import { isSame } from './settings-values.ts'

/** What the settings page needs besides the API. */
export type SettingsPageDeps = PollDeps & Readonly<{ client: SettingsClient }>

/** Options that were changed here and are not saved; `null` goes back to the file's value or the default. */
export type Edits = ReadonlyMap<string, SettingValue | null>

const RESTARTING_MS = 700
const REFRESH_MS = 5000

/** The options, what was changed here and is not saved yet, and what the server says of it. */
export class SettingsPage {
  readonly #deps: SettingsPageDeps
  readonly #facts: PolledFacts<SettingsDetails>
  readonly #edits = signal<Edits>(new Map())
  readonly #preview = signal<SettingsPreview | undefined>(undefined)
  readonly #beginnings = signal(0)
  readonly #restartAfter = signal<{ atMs: number | undefined } | undefined>(undefined)

  /** What is not saved. It outlives a lost connection, and the page's other parts. */
  readonly edits: ReadonlySignal<Edits> = this.#edits
  /** What the server said of the edits, `undefined` since they changed. */
  readonly preview: ReadonlySignal<SettingsPreview | undefined> = this.#preview

  /** Counts up when controls of secrets, which show no value, begin anew. */
  readonly beginnings: ReadonlySignal<number> = this.#beginnings

  constructor(deps: SettingsPageDeps) {
    this.#deps = deps
    this.#facts = new PolledFacts(deps, {
      fetch: () => deps.client.details(),
      delayMs: (details) => (this.#waits(details) ? RESTARTING_MS : REFRESH_MS),
    })
  }

  /** `undefined` until the first arrive. */
  get details(): ReadonlySignal<SettingsDetails | undefined> {
    return this.#facts.details
  }

  /** Why the facts are not current, `undefined` while they are. */
  get problem(): ReadonlySignal<string | undefined> {
    return this.#facts.problem
  }

  /** Whether a restart that was asked for here is under way. */
  get isRestarting(): boolean {
    return this.#waits(this.#facts.details.value)
  }

  /** Fetches the facts now, and again until it is closed. */
  open(): void {
    this.#facts.open()
  }

  close(): void {
    this.#facts.close()
  }

  /** Notes what an option is to be; what it is already is no change. */
  edit(setting: Setting, value: SettingValue | null): void {
    const edits = new Map(this.#edits.value)
    if (value !== null && !setting.secret && isSame(value, setting.value))
      edits.delete(setting.path)
    else edits.set(setting.path, value)
    this.#setEdits(edits)
  }

  /** Forgets what was changed of one option, and has its control begin anew. */
  undo(path: string): void {
    this.forget(path)
    this.#beginnings.value++
  }

  /** Forgets what was changed of one option. */
  forget(path: string): void {
    const edits = new Map(this.#edits.value)
    edits.delete(path)
    this.#setEdits(edits)
  }

  discard(): void {
    this.#setEdits(new Map())
    this.#beginnings.value++
  }

  /** What the server finds wrong with an option as it is edited. */
  problemsOf(path: string): readonly SettingProblem[] {
    return this.#preview.value?.problems.filter((problem) => problem.path === path) ?? []
  }

  /** Has the server look at the changes; answers why it could not. */
  async review(): Promise<string | undefined> {
    const edits = this.#edits.value
    const reply = await this.#deps.withLogin((csrf) =>
      this.#deps.client.preview(csrf, proposalOf(edits)),
    )
    if (!reply.ok) return reply.message
    if (edits === this.#edits.value) this.#preview.value = reply.value
    return undefined
  }

  /** Saves the changes; answers what is wrong, `undefined` when they are saved. */
  async save(restart: boolean): Promise<string | undefined> {
    const edits = this.#edits.value
    const save = { ...proposalOf(edits), restart }
    const wrong = await this.#change((csrf) => this.#deps.client.save(csrf, save), restart)
    if (wrong === undefined && edits === this.#edits.value) this.discard()
    return wrong
  }

  /** Saves an earlier version again; answers what is wrong, `undefined` when it is saved. */
  async restore(id: string): Promise<string | undefined> {
    return this.#change((csrf) => this.#deps.client.restore(csrf, id), false)
  }

  /** Restarts the appliance; answers why not, `undefined` when it is about to. */
  async restart(): Promise<string | undefined> {
    return this.#change((csrf) => this.#deps.client.restart(csrf), true)
  }

  async #change(
    work: Parameters<PolledFacts<SettingsDetails>['change']>[0],
    restarts: boolean,
  ): Promise<string | undefined> {
    const before = this.#facts.details.value?.lastRestart?.atMs
    if (restarts) this.#restartAfter.value = { atMs: before }
    const wrong = await this.#facts.change(work)
    if (wrong !== undefined && restarts) this.#restartAfter.value = undefined
    return wrong
  }

  #waits(details: SettingsDetails | undefined): boolean {
    const after = this.#restartAfter.value
    return after !== undefined && details?.lastRestart?.atMs === after.atMs
  }

  #setEdits(edits: Edits): void {
    this.#edits.value = edits
    this.#preview.value = undefined
  }
}

function proposalOf(edits: Edits): SettingsProposal {
  return { values: Object.fromEntries(edits) }
}
