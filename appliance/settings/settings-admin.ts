import type {
  SettingChange,
  SettingProblem,
  SettingsDetails,
  SettingsPreview,
  SettingsProposal,
} from '#api'
import type { SettingsAdmin, SettingsOutcome } from '#ui'
import { type LoadedConfig, type LoadOptions, loadConfig } from '../config/load.ts'
import type { LayerValues } from '../config/settings-layer.ts'
import { ApplianceError } from '../errors.ts'
import { changedOptions, isLive, type LiveConfig } from '../reload.ts'
import { settingChanges, thoseThatWait } from './changes.ts'
import { type Judged, judge, withProposal } from './proposal.ts'
import type { Restarts } from './restarts.ts'
import { settingRows } from './rows.ts'
import { type KeptVersion, type SettingsStore, sameValues } from './versions.ts'

/** What the settings page stands on. */
export type SettingsAdminOptions = Readonly<{
  /** How the appliance loads its configuration. */
  from: LoadOptions
  store: SettingsStore
  live: LiveConfig
  restarts: Restarts
  /** Unix milliseconds. */
  now?: () => number
}>

/** Makes what the settings page shows and does. */
export function createSettingsAdmin(options: SettingsAdminOptions): SettingsAdmin {
  return new Settings(options)
}

class Settings implements SettingsAdmin {
  readonly #options: SettingsAdminOptions
  #changing: Promise<unknown> = Promise.resolve()

  constructor(options: SettingsAdminOptions) {
    this.#options = options
  }

  async details(): Promise<SettingsDetails> {
    const { store, restarts, from } = this.#options
    const loaded = await this.#present()
    const pending = this.#pending(loaded)
    const versions = await store.versions()
    const current = versions.find(({ values }) => sameValues(values, loaded.settings.values))
    return {
      file: loaded.source.file ?? from.config,
      settings: settingRows(loaded, new Set(pending)),
      versions: versions.map(({ values: _secret, ...version }) => ({
        ...version,
        isCurrent: version.id === current?.id,
      })),
      pending,
      lastRestart: restarts.last(),
      notices: loaded.settings.notices,
    }
  }

  async preview(proposal: SettingsProposal): Promise<SettingsPreview> {
    const { judged, changes } = await this.#judge(proposal)
    const problems = judged.ok ? [] : judged.problems
    return { problems, changes, needRestart: thoseThatWait(changes) }
  }

  save(proposal: SettingsProposal, by: string): Promise<SettingsOutcome> {
    return this.#oneAtATime(async () => this.#take(await this.#judge(proposal), by))
  }

  restore(id: string, by: string): Promise<SettingsOutcome> {
    return this.#oneAtATime(async () => {
      const { store } = this.#options
      const version = (await store.versions()).find((each) => each.id === id)
      if (version === undefined) return { ok: false, message: GONE, problems: [] }
      return this.#take(await this.#judgeVersion(version), by)
    })
  }

  /** A configuration that is bad on the face of it costs nobody their call. */
  restart(by: string): Promise<SettingsOutcome> {
    return this.#oneAtATime(async () => {
      try {
        await loadConfig(this.#options.from)
      } catch (error) {
        if (!(error instanceof ApplianceError)) throw error
        return { ok: false, message: `${error.message} ${error.fix}`, problems: [] }
      }
      this.#options.restarts.request(by)
      return { ok: true, changes: [] }
    })
  }

  async #take({ present, judged, changes }: Proposed, by: string): Promise<SettingsOutcome> {
    if (!judged.ok) return refused(judged.problems)
    const { store, live, now = Date.now } = this.#options
    const { values, problems, notices } = present.settings
    const isClean = problems.length === 0 && notices.length === 0
    if (!isClean || !sameValues(judged.values, values)) {
      await store.save(judged.values, { atMs: now(), by, changes })
      await live.reload()
    }
    return { ok: true, changes }
  }

  async #judge(proposal: SettingsProposal): Promise<Proposed> {
    const present = await this.#present()
    const { values, problems } = withProposal(proposal, present)
    if (problems.length > 0) return { present, judged: { ok: false, problems }, changes: [] }
    return this.#compare(present, values)
  }

  async #judgeVersion({ values }: KeptVersion): Promise<Proposed> {
    return this.#compare(await this.#present(), values)
  }

  async #compare(present: LoadedConfig, values: LayerValues): Promise<Proposed> {
    const judged = await judge(values, this.#options.from)
    if (!judged.ok) return { present, judged, changes: [] }
    return { present, judged, changes: settingChanges(present.config, judged.loaded.config) }
  }

  /** What is on the disk; while that is bad, what runs. */
  async #present(): Promise<LoadedConfig> {
    const { from, live, restarts } = this.#options
    try {
      return await loadConfig(from)
    } catch (error) {
      if (!(error instanceof ApplianceError)) throw error
      const { message, fix } = error
      const { running } = restarts
      const notices = [...running.settings.notices, { message, fix }]
      return { ...running, config: live.current(), settings: { ...running.settings, notices } }
    }
  }

  #pending(loaded: LoadedConfig): readonly string[] {
    const changed = changedOptions(this.#options.live.current(), loaded.config)
    return changed.filter((path) => !isLive(path))
  }

  #oneAtATime<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#changing.then(change, change)
    this.#changing = done
    return done
  }
}

type Proposed = Readonly<{
  present: LoadedConfig
  judged: Judged
  changes: readonly SettingChange[]
}>

const GONE = 'This version is no longer kept. Reload this page.'

function refused(problems: readonly SettingProblem[]): SettingsOutcome {
  const [first] = problems
  const message = first === undefined ? '' : `${first.path} ${first.message} ${first.fix}`.trim()
  return { ok: false, message, problems }
}
