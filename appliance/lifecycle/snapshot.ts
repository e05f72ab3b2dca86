import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readlink, realpath, rm, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ApplianceError, systemErrorCode } from '../errors.ts'
import { MAX_FILE_BYTES, type ManifestFile } from './manifest.ts'
import { walk } from './walk.ts'

/** What is copied: a folder's files or single ones, each to its place in the copy. */
export type Source = Readonly<{ from: string; to: string }>

const SQLITE_BEGINS = Buffer.from('SQLite format 3\0')

/** What SQLite keeps beside a database while it is open; the copy of the database has its content. */
const SQLITE_BESIDE = /-(wal|shm|journal)$/

/** Half-written files, which whoever writes them renames when they are whole. */
const DRAFT = /\.draft$/

/**
 * Copies folders and files as they are at one moment each: files that are replaced by a rename are read whole, and
 * a SQLite database is copied by SQLite's own online backup, which a writer cannot disturb. Links are left out and
 * never followed. Answers what was copied, in the order of the paths.
 */
export async function takeSnapshot(
  sources: readonly Source[],
  into: string,
): Promise<readonly ManifestFile[]> {
  const files: ManifestFile[] = []
  for (const { from, to } of sources) {
    for (const path of await pathsBelow(from)) {
      const file = await copyFile(await realPlace(from, path), into, join(to, path))
      if (file !== undefined) files.push(file)
    }
  }
  return files.sort((one, other) => (one.path < other.path ? -1 : 1))
}

/** Lists the plain files at or below a path, relative to it; none where nothing is. */
async function pathsBelow(folder: string): Promise<readonly string[]> {
  try {
    const paths = (await walk(folder)).filter(({ isFile }) => isFile).map(({ path }) => path)
    const all = new Set(paths)
    return paths
      .filter((path) => !DRAFT.test(path))
      .filter((path) => !SQLITE_BESIDE.test(path) || !all.has(path.replace(SQLITE_BESIDE, '')))
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return []
    if (systemErrorCode(error) === 'ENOTDIR') return ['']
    throw unreadable(folder, error)
  }
}

/** Where a path below a folder leads to when nothing below the folder is a link. */
async function realPlace(folder: string, path: string): Promise<string> {
  return path === '' ? realpath(folder) : join(await realpath(folder), path)
}

async function copyFile(
  from: string,
  into: string,
  path: string,
): Promise<ManifestFile | undefined> {
  const source = await openPlain(from)
  if (source === undefined) return undefined
  try {
    const { mode, size } = await source.stat()
    await checkRoom(into, path, size)
    const target = join(into, path)
    await mkdir(dirname(target), { recursive: true, mode: 0o700 })
    if (await isDatabase(source)) await copyDatabase(from, target)
    else await copyBytes(source, target)
    return { path, mode: mode & 0o777, ...(await measure(target)) }
  } finally {
    await source.close()
  }
}

/** A file may be much larger than what it takes on its disk; the copy of it is whole, and often in memory (tmpfs). */
async function checkRoom(into: string, path: string, size: number): Promise<void> {
  const { bavail, bsize } = await statfs(into)
  if (size <= Math.min(bavail * bsize, MAX_FILE_BYTES)) return
  throw new ApplianceError(
    'BACKUP_FAILED',
    `${path} has ${Math.ceil(size / 1024 ** 2)} MiB, and there is no room for a copy in ${dirname(into)}.`,
    'See what made it so large, or name a folder with room: TMPDIR=/var/tmp.',
  )
}

/**
 * Opens a file by a path without links: whoever owns the folder cannot have root read another file for them by
 * putting a link in the way. `undefined` where it went in the meantime, or is none.
 */
async function openPlain(path: string): Promise<FileHandle | undefined> {
  try {
    const handle = await open(
      path,
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    )
    const isPlain = (await handle.stat()).isFile() && (await nameOf(handle)) === path
    if (isPlain) return handle
    await handle.close()
    return undefined
  } catch (error) {
    if (['ENOENT', 'ELOOP'].includes(systemErrorCode(error) ?? '')) return undefined
    throw unreadable(path, error)
  }
}

function nameOf(handle: FileHandle): Promise<string> {
  return readlink(`/proc/self/fd/${handle.fd}`)
}

async function isDatabase(handle: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(SQLITE_BEGINS.length), 0, null, 0)
  return bytesRead === SQLITE_BEGINS.length && buffer.equals(SQLITE_BEGINS)
}

async function copyDatabase(from: string, to: string): Promise<void> {
  const { backup, DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(from, { readOnly: true })
  try {
    await backup(database, to)
  } finally {
    database.close()
  }
}

async function copyBytes(source: FileHandle, to: string): Promise<void> {
  await rm(to, { force: true })
  const target = await open(to, 'wx', 0o600)
  try {
    for await (const chunk of source.createReadStream({ start: 0, autoClose: false })) {
      await target.write(chunk)
    }
  } finally {
    await target.close()
  }
}

async function measure(path: string): Promise<Pick<ManifestFile, 'size' | 'sha256'>> {
  const hash = createHash('sha256')
  let size = 0
  const handle = await open(path, 'r')
  for await (const chunk of handle.createReadStream()) {
    hash.update(chunk)
    size += chunk.length
  }
  return { size, sha256: hash.digest('hex') }
}

function unreadable(path: string, error: unknown): ApplianceError {
  return new ApplianceError(
    'BACKUP_FAILED',
    `${path} cannot be read: ${systemErrorCode(error) ?? error}.`,
    'Run it as root, or as the user of the appliance.',
    error,
  )
}
