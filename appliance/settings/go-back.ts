import { type LoadedConfig, type LoadOptions, loadConfig } from '../config/load.ts'
import { options } from '../config/options.ts'
import type { LayerValues } from '../config/settings-layer.ts'
import { isLive } from '../reload.ts'
import { type SettingsStore, sameValues } from './versions.ts'

/** Who takes the settings back when a restart with them did not work. */
const BY_ITSELF = 'Callbox (the restart did not work)'

/**
 * Takes back what a restart could not start with: options that need a restart get what the appliance ran with before, those
 * that were in effect already stay. Answers what to start with now; that is what ran before where nothing else loads.
 */
export async function goBack(
  before: LoadedConfig,
  failed: LoadedConfig,
  { from, store, nowMs }: Readonly<{ from: LoadOptions; store: SettingsStore; nowMs: number }>,
): Promise<LoadedConfig> {
  const layer = takenBack(before.settings.values, failed.settings.values)
  if (!sameValues(layer, failed.settings.values)) {
    await store.save(layer, { atMs: nowMs, by: BY_ITSELF, changes: [] })
  }
  return loadConfig({ ...from, layer }).catch(() => before)
}

function takenBack(before: LayerValues, failed: LayerValues): LayerValues {
  const ofThese = options.flatMap((option) => {
    const from = isLive(option.path) ? failed : before
    return from.has(option) ? [[option, from.get(option)] as const] : []
  })
  return new Map(ofThese)
}
