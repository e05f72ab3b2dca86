import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ApplianceError } from '../errors.ts'
import type { SwitchOptions } from './becomes-ready.ts'
import type { Host } from './host.ts'
import { type Places, placesOf, requireInstalled } from './places.ts'
import { currentId, installedIds, type Release, readRelease } from './release.ts'
import { checkIdentity, checkRelease } from './release-checks.ts'
import { switchRelease } from './switch-release.ts'
import { trustBundle } from './trust.ts'
import { unitDrift } from './unit-drift.ts'
import { keepRelease, unpackRelease } from './unpack-release.ts'
import { withUpdateLock } from './update-lock.ts'
import { type Outcome, type Pending, readHistory, readPending } from './update-state.ts'

/** What an update is told. */
export type UpdateOptions = SwitchOptions &
  Readonly<{
    /** Trusts a bundle of this SHA-256 instead of a signature. */
    sha256: string | undefined
    allowDowngrade: boolean
  }>

/** What was done: nothing when `from` and `to` are the same. */
export type Updated = Readonly<{ from: string; to: string }>

/** What can be said of releases and updates on this host. */
export type UpdateStatus = Readonly<{
  current: Release | undefined
  /** Where `--rollback` would go. */
  previous: string | undefined
  pending: Pending | undefined
  releases: readonly string[]
  /** Units, or the command, that the current release brings in another form than is installed. */
  unitsDiffer: readonly string[]
  history: readonly Outcome[]
}>

/**
 * Installs a bundle beside the present release and switches to it. Throws an `ApplianceError` when it is refused, when
 * nothing has changed, or when the appliance had to go back.
 */
export async function update(host: Host, bundle: string, options: UpdateOptions): Promise<Updated> {
  const places = placesOf(host.root)
  await requireInstalled(places, 'update')
  return withUpdateLock(places, { wait: false }, async () => {
    const from = await presentId(host, places)
    const { sha256, allowDowngrade, step } = options
    await step('Checking who made the bundle')
    const trusted = await trustBundle(bundle, { sha256, keyFolder: places.updateKeys })
    await step(`Unpacking (trusted by ${trusted.by})`)
    const { release, folder } = await unpackRelease(bundle, trusted, places.releases)
    try {
      if (release.id === from) return { from, to: from }
      const current = await readRelease(join(places.releases, from))
      checkIdentity(host, release, { current, allowDowngrade })
      await step('Trying its media worker, and its check of the configuration')
      await checkRelease(host, folder)
      await keepRelease(folder)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
    await switchRelease(host, { from, to: release.id }, options)
    return { from, to: release.id }
  })
}

/** Switches back to the previous release, in the same way as an update. Throws as one does. */
export async function rollBack(host: Host, options: SwitchOptions): Promise<Updated> {
  const places = placesOf(host.root)
  await requireInstalled(places, 'update')
  return withUpdateLock(places, { wait: false }, async () => {
    const from = await presentId(host, places)
    const to = await previousId(places, from)
    if (to === undefined) {
      throw new ApplianceError(
        'UPDATE_FAILED',
        'There is no previous release on this host.',
        'Fetch the bundle of one, and install it with --allow-downgrade.',
      )
    }
    await options.step(`Trying the media worker of ${to}, and its check of the configuration`)
    await checkRelease(host, join(places.releases, to))
    await switchRelease(host, { from, to }, options)
    return { from, to }
  })
}

/** Says what runs, where it can go back to, and what came of updates. */
export async function updateStatus(host: Host): Promise<UpdateStatus> {
  const places = placesOf(host.root)
  const id = await currentId(places)
  return {
    current: id === undefined ? undefined : await readRelease(join(places.releases, id)),
    previous: id === undefined ? undefined : await previousId(places, id),
    pending: await readPending(places),
    releases: await installedIds(places),
    unitsDiffer: await unitDrift(host.root, places.current),
    history: await readHistory(places),
  }
}

/** The release that was current before; else the other one that is there, when it is the only one. */
async function previousId(places: Places, current: string): Promise<string | undefined> {
  const others = (await installedIds(places)).filter((id) => id !== current)
  const history = await readHistory(places)
  const came = history.findLast(({ to, outcome }) => to === current && outcome === 'confirmed')
  if (came !== undefined && others.includes(came.from)) return came.from
  return others.length === 1 ? others[0] : undefined
}

async function presentId({ service }: Host, places: Places): Promise<string> {
  if (!(await service.isManaged())) {
    throw new ApplianceError(
      'UPDATE_FAILED',
      'There is no callbox.service here that systemd runs, so nobody could say whether a release is ready.',
      'Install with scripts/install.sh, on a host that systemd has booted.',
    )
  }
  const pending = await readPending(places)
  if (pending !== undefined) {
    throw new ApplianceError(
      'UPDATE_BUSY',
      `The update to ${pending.to} is not confirmed.`,
      'Run callbox update --watch: it ends it one way or the other.',
    )
  }
  const id = await currentId(places)
  if (id !== undefined) return id
  throw new ApplianceError(
    'UPDATE_FAILED',
    `${places.current} leads to no release.`,
    `Point it to one of ${places.releases}: ln -sfn releases/<id> ${places.current}`,
  )
}
