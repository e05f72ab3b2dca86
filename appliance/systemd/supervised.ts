import type { Appliance } from '../appliance.ts'
import { messageOf } from '../errors.ts'
import type { Log } from '../telemetry/log.ts'
import { createServiceManager } from './notify.ts'
import { startFilePath, writeStartFile } from './start-file.ts'
import { deservesToLive, startWatchdog } from './watchdog.ts'

/** A running appliance whose service manager knows what it does. */
export type Supervised = Readonly<{
  reload: () => Promise<void>
  /** Tells that it stops, and stops within this time. */
  stop: (withinMs: number) => Promise<void>
}>

/** What closing sockets and ending processes may take after the time that calls are given. */
const CLOSE_WITHIN_MS = 10_000

/** Tells the service manager of this process, if there is one, that the appliance is ready, and what follows. */
export async function supervise(appliance: Appliance, log: Log): Promise<Supervised> {
  const { env, pid } = process
  const manager = createServiceManager({
    env,
    pid,
    monotonicUs: () => process.hrtime.bigint() / 1000n,
    onError: (error) =>
      log.warn({ problem: messageOf(error) }, 'the service manager could not be told'),
  })
  await keepStartFile(appliance, startFilePath(env), log)
  const { version, publicOrigin } = appliance.facts
  const ready = () => manager.ready(`Callbox ${version} serves at ${publicOrigin}`)
  await ready()
  const stopWatchdog = startWatchdog(manager, () => deservesToLive(appliance.health()))
  return {
    async reload() {
      await manager.reloading()
      await appliance.reload()
      await ready()
    },
    async stop(withinMs) {
      stopWatchdog()
      await manager.stopping(withinMs + CLOSE_WITHIN_MS)
      await appliance.stop(AbortSignal.timeout(withinMs))
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
