import {
  chmod,
  lchown,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { loadConfig } from '../config/load.ts'
import { readSecrets } from '../data-dir.ts'
import { ApplianceError, messageOf, systemErrorCode } from '../errors.ts'
import { backUpToFile, backupName, type Kept } from './backup.ts'
import {
  type Access,
  makePrivateFolder,
  removeDurably,
  syncFolder,
  writeDurably,
} from './durable.ts'
import type { Key } from './encryption.ts'
import { exchange } from './exchange.ts'
import { isMissing, isThere, namesIn, statIfThere } from './files.ts'
import type { Host } from './host.ts'
import type { Manifest } from './manifest.ts'
import { isInstalled, placesOf } from './places.ts'
import { unpackBackup } from './unpack-backup.ts'
import { walk } from './walk.ts'

/** A backup that was read and checked, beside what it is to replace. */
export type Staged = Readonly<{ manifest: Manifest; folder: string; kept: Kept }>

/** Whose the data is. */
type Owner = Readonly<{ uid: number; gid: number }>

/**
 * Reads and checks a backup, on the file system where it will be needed; nothing that is in use is touched. The caller
 * discards it. Throws BACKUP_BAD, BACKUP_TOO_NEW, BACKUP_KEY, or what is wrong with its configuration in this version.
 */
export async function stageBackup(
  backup: Readable,
  kept: Kept,
  keyFor: () => Promise<Key>,
): Promise<Staged> {
  const dataDir = await realPlace(kept.dataDir)
  const folder = await makeStage(dirname(dataDir), dataDir)
  try {
    const manifest = await unpackBackup(backup, folder, keyFor)
    if (manifest.files.some(({ path }) => path === 'config/config.yaml')) {
      const config = join(folder, 'config/config.yaml')
      await loadConfig({ config, dataDir: join(folder, 'data'), env: {} })
    }
    await readSecrets(join(folder, 'data'))
    await mkdir(join(folder, 'data'), { recursive: true, mode: 0o700 })
    return { manifest, folder, kept: { ...kept, dataDir } }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/** Removes what was read. */
export function discardStaged({ folder }: Staged): Promise<void> {
  return rm(folder, { recursive: true, force: true })
}

/** Keeps what is there as a backup, where only its owner can read it; `undefined` where nothing is. */
export async function keepPresent(host: Host, kept: Kept): Promise<string | undefined> {
  if (!(await isThere(kept.configFile)) && (await namesIn(kept.dataDir)).length === 0)
    return undefined
  const places = placesOf(host.root)
  const ours = host.isRoot && (await isInstalled(places))
  const folder = ours ? places.backups : `${kept.dataDir}-backups`
  await makePrivateFolder(folder)
  const nowMs = host.clock.nowMs()
  const file = join(folder, `before-restore-${backupName(host.name, nowMs, false)}`)
  await backUpToFile(kept, file, { hostName: host.name, nowMs, force: true })
  return file
}

/**
 * Puts what was read in the place of what is there; what was there is in its stead afterwards, so that a second call
 * takes it all back. The files get the owner that the data directory has. Throws RESTORE_FAILED, and all is as before then.
 */
export async function swapStaged(staged: Staged): Promise<void> {
  const { manifest, kept } = staged
  const owner = await ownerOf(kept.dataDir)
  await swapData(staged, owner)
  const swapped: string[] = []
  try {
    for (const { path } of manifest.files.filter((file) => file.path.startsWith('config/'))) {
      await swapConfigFile(staged, path, owner)
      swapped.push(path)
    }
  } catch (error) {
    await swapData(staged, owner)
    for (const path of swapped.reverse()) await swapConfigFile(staged, path, owner)
    throw new ApplianceError(
      'RESTORE_FAILED',
      `The configuration cannot be replaced: ${messageOf(error)}. All is as it was before.`,
      `See that ${dirname(kept.configFile)} has room, can be written, and that nothing else lies where the files belong.`,
      error,
    )
  }
}

async function swapData({ folder, kept }: Staged, owner: Owner): Promise<void> {
  const data = join(folder, 'data')
  try {
    if (await isThere(data)) {
      await chownTree(data, owner)
      await chmod(data, 0o700)
      await exchange(data, kept.dataDir)
    } else await exchange(kept.dataDir, data)
  } catch (error) {
    throw new ApplianceError(
      'RESTORE_FAILED',
      `The data directory ${kept.dataDir} cannot be replaced: ${messageOf(error)}`,
      ['EBUSY', 'EXDEV'].includes(systemErrorCode(error) ?? '')
        ? 'It is a mount point. Mount the file system one level higher, or name another data directory.'
        : 'Run it as root, or as the user who owns the folder that the data directory lies in.',
      error,
    )
  }
  await syncFolder(dirname(kept.dataDir))
}

/**
 * Root writes the configuration and the service's group reads it, unless it has other owners on this host. It may lie on
 * another file system than the data, so contents trade places and not files.
 */
async function swapConfigFile({ folder, kept }: Staged, path: string, owner: Owner): Promise<void> {
  const staged = join(folder, path)
  const inside = path.slice('config/'.length)
  const target = inside === 'config.yaml' ? kept.configFile : join(dirname(kept.configFile), inside)
  const access = await accessOf(target, owner)
  const made = await mkdir(dirname(target), { recursive: true })
  if (made !== undefined) {
    await lchown(dirname(target), access.uid, access.gid)
    await chmod(dirname(target), 0o750)
  }
  const present = await readBytes(target)
  const other = await readBytes(staged)
  const aside = `${staged}.before`
  if (present !== undefined) await writeDurably(aside, present)
  if (other === undefined) await removeDurably(target)
  else await writeDurably(target, other, access)
  if (present === undefined) await rm(staged, { force: true })
  else await rename(aside, staged)
}

async function accessOf(
  file: string,
  { uid: ownUid, gid: ownGid }: Owner,
): Promise<Access & Owner> {
  const { mode, uid, gid } = (await statIfThere(file)) ?? {
    mode: 0o640,
    uid: process.geteuid?.() ?? ownUid,
    gid: ownGid,
  }
  return { mode: mode & 0o777, uid, gid }
}

async function readBytes(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Where the data lies, if a link leads there. */
async function realPlace(dataDir: string): Promise<string> {
  return (await isThere(dataDir)) ? realpath(dataDir) : dataDir
}

async function ownerOf(dataDir: string): Promise<Owner> {
  const { uid, gid } = (await statIfThere(dataDir)) ?? (await stat(dirname(dataDir)))
  return { uid, gid }
}

async function chownTree(folder: string, { uid, gid }: Owner): Promise<void> {
  for (const { path } of await walk(folder)) await lchown(join(folder, path), uid, gid)
  await lchown(folder, uid, gid)
}

async function makeStage(parent: string, dataDir: string): Promise<string> {
  try {
    return await mkdtemp(join(parent, `.${basename(dataDir)}-restore-`))
  } catch (error) {
    throw new ApplianceError(
      'RESTORE_FAILED',
      `There is no place beside ${dataDir} to unpack to: ${messageOf(error)}`,
      'Run it as root, or as the user who may write to the folder that the data directory lies in.',
      error,
    )
  }
}
