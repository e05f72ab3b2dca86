import { readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { ApplianceError, systemErrorCode } from '../errors.ts'

/** Where an installed appliance has its files (docs/adr/0014). */
export type Places = Readonly<{
  /** Releases side by side, one folder each. */
  releases: string
  /** The link to the release that runs. */
  current: string
  configDir: string
  config: string
  /** Public keys whose signature an update needs. */
  updateKeys: string
  /** Names the template that the configuration was made from. */
  template: string
  dataDir: string
  /** What only root may write: updates that are under way, what came of them, backups. */
  updateDir: string
  backups: string
}>

/** Finds them below the folder where the host's files begin. */
export function placesOf(root: string): Places {
  const at = (path: string) => join(root, path)
  return {
    releases: at('/opt/callbox/releases'),
    current: at('/opt/callbox/current'),
    configDir: at('/etc/callbox'),
    config: at('/etc/callbox/config.yaml'),
    updateKeys: at('/etc/callbox/update-keys'),
    template: at('/etc/callbox/.template'),
    dataDir: at('/var/lib/callbox'),
    updateDir: at('/var/lib/callbox-update'),
    backups: at('/var/lib/callbox-update/backups'),
  }
}

/** What a start of the installed appliance reads. */
export function keptAt({ config, dataDir }: Places) {
  return { configFile: config, dataDir }
}

/** Whether releases lie side by side on this host. */
export async function isInstalled({ current }: Places): Promise<boolean> {
  try {
    await readlink(current)
    return true
  } catch (error) {
    if (['ENOENT', 'EINVAL', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return false
    throw error
  }
}

/** Throws NOT_INSTALLED on a checkout. */
export async function requireInstalled(places: Places, command: string): Promise<void> {
  if (await isInstalled(places)) return
  throw new ApplianceError(
    'NOT_INSTALLED',
    `callbox ${command} works on an installed appliance; there is no ${places.current}.`,
    'Install one with scripts/install.sh. A checkout is updated with git, and started again.',
  )
}
