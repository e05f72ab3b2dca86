import type { Appliance } from '../appliance.ts'
import { messageOf } from '../errors.ts'
import type { Log } from '../telemetry/log.ts'
import { createServiceManager } from './notify.ts'
import { startFilePath, writeStartFile } from './start-file.ts'
import { deservesToLive, startWatchdog } from './watchdog.ts'

/** Runs one appliance at a time, and tells the service manager of this process, if there is one, what it does. */
export interface Supervisor {
  /** Takes an appliance that is ready. */
  serve(appliance: Appliance): Promise<void>
  /** Has it read its configuration again; does nothing while there is none. */
  reload(): Promise<void>
  /** Ends it within this time, and says that another follows. */
  end(withinMs: number): Promise<void>
  /** Tells that the process stops, and ends it within this time. */
  stop(withinMs: number): Promise<void>
}

/** What closing sockets and ending processes may take after the time that calls are given. */
const CLOSE_WITHIN_MS = 10_000

/** How long the process may be without an appliance: what ends and what starts, with some time to spare. */
const BETWEEN_WITHIN_MS = 150_000

/** Creates the supervisor of this process. */
export function createSupervisor(log: Log): Supervisor {
  const { env, pid } = process
  const manager = createServiceManager({
    env,
    pid,
    monotonicUs: () => process.hrtime.bigint() / 1000n,
    onError: (error) =>
      log.warn({ problem: messageOf(error) }, 'the service manager could not be told'),
  })
  let current: Appliance | undefined
  let endedAtMs = performance.now()
  const isWell = () =>
    current === undefined
      ? performance.now() - endedAtMs < BETWEEN_WITHIN_MS
      : deservesToLive(current.health())
  let stopWatchdog: (() => void) | undefined
  const ready = ({ facts }: Appliance) =>
    manager.ready(`Callbox ${facts.version} serves at ${facts.publicOrigin}`)
  const endCurrent = async (withinMs: number) => {
    const ending = current
    current = undefined
    endedAtMs = performance.now()
    await ending?.stop(AbortSignal.timeout(withinMs))
  }
  return {
    async serve(appliance) {
      await keepStartFile(appliance, startFilePath(env), log)
      await ready(appliance)
      current = appliance
      stopWatchdog ??= startWatchdog(manager, isWell)
    },
    async reload() {
      const appliance = current
      if (appliance === undefined) return
      await manager.reloading()
      await appliance.reload()
      if (current === appliance) await ready(appliance)
    },
    async end(withinMs) {
      await manager.reloading()
      await endCurrent(withinMs)
    },
    async stop(withinMs) {
      stopWatchdog?.()
      await manager.stopping(withinMs + CLOSE_WITHIN_MS)
      await endCurrent(withinMs)
    },
  }
}

/** Leaves the facts of the start to other programs; the set-up link as long as it works. */
async function keepStartFile(
  { facts, onPasswordSet }: Appliance,
  path: string | undefined,
  log: Log,
): Promise<void> {
  if (path === undefined) return
  const write = async (shown: Appliance['facts']) => {
    try {
      await writeStartFile(path, shown)
    } catch (error) {
      log.warn({ path, problem: messageOf(error) }, 'the facts of the start could not be written')
    }
  }
  onPasswordSet(() => void write({ ...facts, setupLink: undefined }))
  await write(facts)
}
