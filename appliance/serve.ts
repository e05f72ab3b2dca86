import { startAppliance } from './appliance.ts'
import type { Surroundings } from './assemble.ts'
import { type LoadedConfig, loadConfig } from './config/load.ts'
import { ApplianceError, messageOf } from './errors.ts'
import { goBack, keep, lastStarted } from './settings/go-back.ts'
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
  // From the beginning: a stop that is asked for while it starts follows the start. Asked for twice, it ends at once.
  const stopped = untilAskedToStop(() => void ours.supervisor.reload())
  try {
    await start(loaded, ours).catch((error: unknown) => startAsBefore(error, loaded, ours))
    await untilStopped(ours, stopped)
    return 0
  } catch (error) {
    if (!(error instanceof ApplianceError)) throw error
    process.stderr.write(`${error.code}: ${error.message}\n${error.fix}\n${settingsHint(loaded)}`)
    return 1
  }
}

async function start(
  loaded: LoadedConfig,
  { supervisor, ...surroundings }: Process,
  settle = async () => {},
) {
  setLogLevel(surroundings.log, loaded.config.log.level)
  surroundings.restarts.running = loaded
  const appliance = await startAppliance(loaded, surroundings)
  await settle()
  announceStart(appliance.facts, process.stdout)
  await supervisor.serve(appliance)
  await noteStarted(loaded, surroundings.log)
}

/** For the next start, should what is saved by then not work. */
async function noteStarted({ dataDir, settings }: LoadedConfig, log: Process['log']) {
  try {
    await createSettingsStore(dataDir).noteStarted(settings.values, Date.now())
  } catch (err) {
    log.warn({ err }, 'it could not be kept which settings the start worked with')
  }
}

/**
 * Nothing ran before in this process, as after a reboot: when the page's settings were changed since the appliance last
 * started, starts with those of then. Throws `error` where that is no help.
 */
async function startAsBefore(error: unknown, failed: LoadedConfig, ours: Process): Promise<void> {
  const { from, log, restarts } = ours
  const nowMs = Date.now()
  const deps = { from, store: createSettingsStore(failed.dataDir), nowMs, log }
  const earlier = await lastStarted(failed, deps)
  if (earlier === undefined) throw error
  const { file } = failed.settings
  log.error(
    { err: error, file },
    'the start did not work: trying the settings it last started with',
  )
  const problem = wordsOf(error)
  restarts.note({ atMs: nowMs, problem })
  const settle = () => keep(earlier.settings.values, failed, deps)
  await start(withNotice(earlier, problem), ours, settle).catch((again: unknown) => {
    log.error({ err: again }, 'nor did that')
    throw error
  })
}

function withNotice(loaded: LoadedConfig, problem: string): LoadedConfig {
  const { settings } = loaded
  const message = `The appliance could not start with the settings saved last: ${problem} Those it last started with are in effect.`
  const fix = 'Correct them on the admin page under Settings.'
  return { ...loaded, settings: { ...settings, notices: [{ message, fix }, ...settings.notices] } }
}

/** Where to look when the configuration file alone does not explain it. */
function settingsHint({ settings: { file, values } }: LoadedConfig): string {
  if (values.size === 0) return ''
  return `The admin page’s settings (${file}) are in effect: \`callbox config show\` tells which. Move the file away to start without them.\n`
}

async function untilStopped(ours: Process, stopped: Promise<NodeJS.Signals>): Promise<void> {
  const { log, supervisor, restarts } = ours
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
    const loaded = await goBack(before, tried, { from, store, nowMs: atMs, log })
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
