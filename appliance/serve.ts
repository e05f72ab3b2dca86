import { startAppliance } from './appliance.ts'
import type { Surroundings } from './assemble.ts'
import { type LoadedConfig, loadConfig } from './config/load.ts'
import { ApplianceError, messageOf } from './errors.ts'
import { goBack } from './settings/go-back.ts'
import { createRestarts, type RestartsOfProcess } from './settings/restarts.ts'
import { createSettingsStore } from './settings/versions.ts'
import { untilAskedToStop } from './signals.ts'
import { announceStart } from './start-output.ts'
import { createSupervisor, type Supervisor } from './systemd/supervised.ts'
import { createLog, setLogLevel } from './telemetry/log.ts'

/** How long calls and connections may take to end after a request to stop. */
const STOP_WITHIN_MS = 10_000

/** What lasts as long as the process; the appliances in it come and go. */
type Process = Surroundings & Readonly<{ restarts: RestartsOfProcess; supervisor: Supervisor }>

/** Runs the appliance, again after each restart that is asked for, until a signal asks it to stop; answers the exit code. */
export async function serve(loaded: LoadedConfig): Promise<number> {
  const log = createLog({ level: loaded.config.log.level })
  const { source, dataDir } = loaded
  const ours: Process = {
    log,
    from: { config: source.file, dataDir, env: process.env },
    restarts: createRestarts(loaded),
    supervisor: createSupervisor(log),
  }
  try {
    await start(loaded, ours)
    await untilStopped(ours)
    return 0
  } catch (error) {
    if (!(error instanceof ApplianceError)) throw error
    process.stderr.write(`${error.code}: ${error.message}\n${error.fix}\n`)
    return 1
  }
}

async function start(loaded: LoadedConfig, { supervisor, ...surroundings }: Process) {
  setLogLevel(surroundings.log, loaded.config.log.level)
  surroundings.restarts.running = loaded
  const appliance = await startAppliance(loaded, surroundings)
  announceStart(appliance.facts, process.stdout)
  await supervisor.serve(appliance)
}

async function untilStopped(ours: Process): Promise<void> {
  const { log, supervisor, restarts } = ours
  const stopped = untilAskedToStop(() => void supervisor.reload())
  for (;;) {
    const by = restarts.requested().then((account) => ({ account }))
    const asked = await Promise.race([stopped, by])
    if (typeof asked === 'string') {
      log.info({ signal: asked }, 'stopping')
      await supervisor.stop(STOP_WITHIN_MS)
      return
    }
    log.info({ by: asked.account }, 'restarting')
    await restart(ours)
  }
}

/** Starts with what is saved now; when that does not work, with what it ran with before. */
async function restart(ours: Process): Promise<void> {
  const { log, from, restarts, supervisor } = ours
  const before = restarts.running
  await supervisor.end(STOP_WITHIN_MS)
  let tried = before
  try {
    tried = await loadConfig(from)
    restarts.note({ atMs: Date.now(), problem: undefined })
    await start(tried, ours)
  } catch (error) {
    log.error({ err: error }, 'the restart did not work: going back to what ran before')
    const atMs = Date.now()
    const store = createSettingsStore(before.dataDir)
    const loaded = await goBack(before, tried, { from, store, nowMs: atMs })
    restarts.note({ atMs, problem: wordsOf(error) })
    await start(loaded, ours).catch((again: unknown) => {
      log.error({ err: again }, 'nor did that')
      return start(before, ours)
    })
  }
}

function wordsOf(error: unknown): string {
  if (!(error instanceof ApplianceError)) return messageOf(error)
  return `${sentence(error.message)} ${sentence(error.fix)}`.trim()
}

function sentence(text: string): string {
  const bare = text.trim().replace(/\.$/, '')
  return bare === '' ? '' : `${bare.charAt(0).toUpperCase()}${bare.slice(1)}.`
}
