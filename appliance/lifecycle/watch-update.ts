import { join } from 'node:path'
import type { SwitchOptions } from './becomes-ready.ts'
import { goBack } from './go-back.ts'
import type { Host } from './host.ts'
import { type Places, placesOf } from './places.ts'
import { currentId, installedIds, runningFolder } from './release.ts'
import { programOf } from './release-checks.ts'
import { confirmOrGoBack, restartAndConfirm } from './switch-release.ts'
import { withUpdateLock } from './update-lock.ts'
import { type Pending, readPending, settle, writePending } from './update-state.ts'

/** A release that goes down with the machine so often is not tried again. */
const MOST_ATTEMPTS = 3

/** What became of the update that was pending; `none` when there was none. */
export type Watched = 'none' | 'confirmed' | 'stopped'

/**
 * The program of the earlier release, which is to do the work instead of this one: a new release that is broken must not
 * be needed to get rid of it. `undefined` where nothing is pending, or this is that release already.
 */
export async function earlierProgram(host: Host): Promise<readonly string[] | undefined> {
  const places = placesOf(host.root)
  const pending = await readPending(places)
  if (pending === undefined || !(await installedIds(places)).includes(pending.from))
    return undefined
  const folder = join(places.releases, pending.from)
  return folder === runningFolder() ? undefined : programOf(folder, host.arch)
}

/**
 * Ends an update whose process went away, or the power: the new release is confirmed if it becomes ready, else the earlier
 * one is put back. Waits for an update that is under way. Throws as an update does when it had to go back.
 */
export function watchUpdate(host: Host, options: SwitchOptions): Promise<Watched> {
  const places = placesOf(host.root)
  return withUpdateLock(places, { wait: true }, async () => {
    const pending = await readPending(places)
    return pending === undefined ? 'none' : goOn(host, pending, options)
  })
}

async function goOn(host: Host, pending: Pending, options: SwitchOptions): Promise<Watched> {
  const places = placesOf(host.root)
  const { from, to } = pending
  const id = await currentId(places)
  if (pending.phase === 'goingBack') {
    return goBack(host, pending, { ...options, reason: pending.reason ?? 'it was not ready' })
  }
  if (id === from) return stop(host, places, pending, 'it ended before the switch')
  if (id === undefined) return goBack(host, pending, { ...options, reason: 'its release is gone' })
  if (id !== to) return stop(host, places, pending, `somebody switched to ${id}`)
  const attempts = pending.attempts + 1
  const again = { ...pending, attempts }
  await writePending(places, again)
  if (attempts > MOST_ATTEMPTS) {
    const reason = `it was tried ${MOST_ATTEMPTS} times, and the host went down each time`
    return goBack(host, again, { ...options, reason })
  }
  await options.step(`Going on with the update to ${to}`)
  const { runs } = await host.service.state()
  if (runs !== undefined && runs !== to) await restartAndConfirm(host, again, options)
  else {
    await host.service.start()
    await confirmOrGoBack(host, again, options)
  }
  return 'confirmed'
}

async function stop(
  { clock }: Host,
  places: Places,
  { from, to, startedAt }: Pending,
  reason: string,
): Promise<Watched> {
  const endedAt = new Date(clock.nowMs()).toISOString()
  await settle(places, { from, to, startedAt, endedAt, outcome: 'stopped', reason })
  return 'stopped'
}
