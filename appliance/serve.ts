import { startAppliance } from './appliance.ts'
import { type LoadedConfig, loadConfig } from './config/load.ts'
import { ApplianceError } from './errors.ts'
import { untilAskedToStop } from './signals.ts'
import { announceStart } from './start-output.ts'
import { supervise } from './systemd/supervised.ts'
import { createLog } from './telemetry/log.ts'

/** How long calls and connections may take to end after a request to stop. */
const STOP_WITHIN_MS = 10_000

/** Runs the appliance until a signal asks it to stop; answers the exit code. */
export async function serve(loaded: LoadedConfig): Promise<number> {
  const log = createLog({ level: loaded.config.log.level })
  try {
    const { source, dataDir } = loaded
    const loadAgain = () => loadConfig({ config: source.file, dataDir, env: process.env })
    const appliance = await startAppliance(loaded, { log, loadAgain })
    announceStart(appliance.facts, process.stdout)
    const supervised = await supervise(appliance, log)
    const signal = await untilAskedToStop(() => void supervised.reload())
    log.info({ signal }, 'stopping')
    await supervised.stop(STOP_WITHIN_MS)
    return 0
  } catch (error) {
    if (!(error instanceof ApplianceError)) throw error
    process.stderr.write(`${error.code}: ${error.message}\n${error.fix}\n`)
    return 1
  }
}
