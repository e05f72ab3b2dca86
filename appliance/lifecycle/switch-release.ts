import { join } from 'node:path'
import { ApplianceError } from '../errors.ts'
import { readinessBy } from './ask-readiness.ts'
import { backUpToFile, backupName } from './backup.ts'
import { becomesReady, STABLE_MS, type SwitchOptions } from './becomes-ready.ts'
import { makePrivateFolder, replaceLink } from './durable.ts'
import { goBack } from './go-back.ts'
import type { Host } from './host.ts'
import { keptAt, type Places, placesOf } from './places.ts'
import { prune } from './prune.ts'
import { type Pending, settle, writePending } from './update-state.ts'

/**
 * Has the appliance run another release that is there already, and see it become ready; otherwise it goes back to the
 * present one, and UPDATE_ROLLED_BACK is thrown. Whatever becomes of this process, `pending.json` tells where it was.
 */
export async function switchRelease(
  host: Host,
  { from, to }: Readonly<{ from: string; to: string }>,
  options: SwitchOptions,
): Promise<void> {
  const places = placesOf(host.root)
  const { step } = options
  await step('Backing up the present state')
  const startedAt = new Date(host.clock.nowMs()).toISOString()
  const backup = await keepState(host, places)
  const services = (await readinessBy(host, keptAt(places))())?.services ?? []
  const excused = services.flatMap(({ name, ok }) => (ok ? [] : [name]))
  const pending: Pending = { from, to, startedAt, attempts: 0, phase: 'trying', excused, backup }
  await writePending(places, pending)
  // Whoever watches waits for the lock that this process holds, and goes on if it ends early.
  await host.service
    .startWatch()
    .catch(() => step('(callbox-update-watch.service is not there; go on without)'))
  await step(`Switching to ${to}`)
  await replaceLink(places.current, join('releases', to))
  await step('Restarting the appliance')
  await restartAndConfirm(host, pending, options)
}

/** Restarts the service on the release that is current, and ends the update one way or the other. */
export async function restartAndConfirm(
  host: Host,
  pending: Pending,
  options: SwitchOptions,
): Promise<void> {
  const { startId: before } = await host.service.state()
  await host.service.restart()
  await confirmOrGoBack(host, pending, { ...options, before })
}

/** Waits until the current release has proved itself, and ends the update one way or the other. */
export async function confirmOrGoBack(
  host: Host,
  pending: Pending,
  options: SwitchOptions & Readonly<{ before?: string }>,
): Promise<void> {
  const places = placesOf(host.root)
  await options.step(`Waiting until it is ready, and stays so for ${STABLE_MS / 1000} s`)
  const outcome = await becomesReady(host, pending, options)
  if (!outcome.ok) await goBack(host, pending, { ...options, reason: outcome.why })
  const { from, to, startedAt } = pending
  const endedAt = new Date(host.clock.nowMs()).toISOString()
  await options.step('Confirming')
  await settle(places, { from, to, startedAt, endedAt, outcome: 'confirmed' })
  await prune(places, [to, from])
}

async function keepState(host: Host, places: Places): Promise<string> {
  const nowMs = host.clock.nowMs()
  const file = join(places.backups, `before-update-${backupName(host.name, nowMs, false)}`)
  await makePrivateFolder(places.backups)
  const kept = { configFile: places.config, dataDir: places.dataDir }
  try {
    await backUpToFile(kept, file, { hostName: host.name, nowMs, force: true })
    return file
  } catch (error) {
    if (!(error instanceof ApplianceError)) throw error
    throw new ApplianceError(
      'UPDATE_FAILED',
      `The present state cannot be kept, so nothing was switched: ${error.message}`,
      error.fix,
      error,
    )
  }
}
