import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { loadConfig } from '../../config/load.ts'
import { createLiveConfig } from '../../reload.ts'
import { createRestarts } from '../restarts.ts'
import { createSettingsAdmin } from '../settings-admin.ts'
import { createSettingsStore } from '../versions.ts'

/** What the settings page stands on, on a folder of its own and with a clock in the test's hand. */
export async function settingsOn(t: Test, yaml = '', env: NodeJS.ProcessEnv = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-settings-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const config = join(folder, 'config.yaml')
  const dataDir = join(folder, 'data')
  await writeFile(config, yaml)
  const from = { config, dataDir, env }
  const load = async () => (await loadConfig(from)).config
  const applied: unknown[] = []
  const running = await loadConfig(from)
  const live = createLiveConfig({
    config: running.config,
    load,
    apply: ({ log, calls }) => applied.push([log.level, calls.max_participants]),
    log: { info: () => undefined, warn: () => undefined },
  })
  const clock = { nowMs: 1_800_000_000_000 }
  const store = createSettingsStore(dataDir)
  const restarts = createRestarts(running)
  const now = () => clock.nowMs++
  const admin = createSettingsAdmin({ from, store, live, restarts, now })
  return { admin, store, live, restarts, applied, from, load, dataDir, config, running }
}
