import { type LoadedConfig, type LoadOptions, loadConfig } from '../config/load.ts'
import { options } from '../config/options.ts'
import type { LayerValues } from '../config/settings-layer.ts'
import { isLive } from '../reload.ts'
import { type SettingsStore, sameValues } from './versions.ts'

/** Who takes the settings back when a start with them did not work. */
const BY_ITSELF = 'Callbox (the restart did not work)'

/** What going back needs of its surroundings. */
export type GoBackDeps = Readonly<{
  from: LoadOptions
  store: SettingsStore
  nowMs: number
  log: Readonly<{ error: (fields: object, message: string) => void }>
}>

/**
 * Takes back what a restart could not start with: options that need a restart get what the appliance ran with before, those
 * that were in effect already stay. Answers what to start with now; that is what ran before where nothing else loads.
 */
export async function goBack(
  before: LoadedConfig,
  failed: LoadedConfig,
  deps: GoBackDeps,
): Promise<LoadedConfig> {
  const layer = takenBack(before.settings.values, failed.settings.values)
  await keep(layer, failed, deps)
  return loadConfig({ ...deps.from, layer }).catch(() => before)
}

/**
 * What to try when the first start of a process did not work: the page's settings as they were when the appliance last
 * started. `undefined` where these are the same, are not known or do not load.
 */
export async function lastStarted(
  failed: LoadedConfig,
  { from, store }: Pick<GoBackDeps, 'from' | 'store'>,
): Promise<LoadedConfig | undefined> {
  const started = await store.started()
  if (started === undefined || sameValues(started, failed.settings.values)) return undefined
  const layer = takenBack(started, failed.settings.values)
  if (sameValues(layer, failed.settings.values)) return undefined
  return loadConfig({ ...from, layer }).catch(() => undefined)
}

/** Saves settings in place of those that failed. A disk that takes nothing must not keep the appliance down as well. */
export async function keep(
  layer: LayerValues,
  failed: LoadedConfig,
  { store, nowMs, log }: GoBackDeps,
): Promise<void> {
  if (sameValues(layer, failed.settings.values)) return
  try {
    await store.save(layer, { atMs: nowMs, by: BY_ITSELF, changes: [] })
  } catch (err) {
    log.error({ err }, 'the settings could not be taken back on the disk')
  }
}

function takenBack(before: LayerValues, failed: LayerValues): LayerValues {
  const ofThese = options.flatMap((option) => {
    const from = isLive(option.path) ? failed : before
    return from.has(option) ? [[option, from.get(option)] as const] : []
  })
  return new Map(ofThese)
}
