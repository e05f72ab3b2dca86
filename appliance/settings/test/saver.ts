import { loadConfig } from '../../config/load.ts'
import { createLiveConfig } from '../../reload.ts'
import { createRestarts } from '../restarts.ts'
import { createSettingsAdmin } from '../settings-admin.ts'
import { createSettingsStore } from '../versions.ts'

/** Saves settings again and again, and says each time when one is saved, until it is killed. */
const [, , config = '', dataDir = ''] = process.argv
const from = { config, dataDir, env: {} }
const running = await loadConfig(from)
const quiet = { info: () => undefined, warn: () => undefined }
const live = createLiveConfig({
  config: running.config,
  load: async () => (await loadConfig(from)).config,
  apply: () => undefined,
  log: quiet,
})
const store = createSettingsStore(dataDir)
const admin = createSettingsAdmin({ from, store, live, restarts: createRestarts(running) })
for (let most = running.config.calls.max_participants + 1; ; most++) {
  const values = { 'calls.max_participants': most, 'turn.realm': `realm-${most}` }
  const { ok } = await admin.save({ values }, 'saver')
  if (!ok) process.exit(1)
  process.stdout.write(`${most}\n`)
}
