import { mkdtemp, open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { create } from 'tar'
import { parseDocument } from 'yaml'
import { ApplianceError, messageOf, systemErrorCode } from '../errors.ts'
import { readVersions } from '../version.ts'
import { syncFolder } from './durable.ts'
import { encrypt, type Lock } from './encryption.ts'
import { readText } from './files.ts'
import { MANIFEST_FILE, type ManifestFile, manifestText, parseManifest } from './manifest.ts'
import { runningRelease } from './release.ts'
import { type Source, takeSnapshot } from './snapshot.ts'

/** What is backed up. Neither needs to exist, and the configuration need not be good. */
export type Kept = Readonly<{ configFile: string; dataDir: string }>

/** How it is backed up. */
export type BackupOptions = Readonly<{
  hostName: string
  nowMs: number
  /** Encrypts the file; without it the file is plain, for its owner alone. */
  lock?: Lock
  /** Replaces a file that is there. */
  force?: boolean
}>

/** What a backup holds, and what it lacks, in words. */
export type BackupFacts = Readonly<{
  files: number
  bytes: number
  encrypted: boolean
  notes: readonly string[]
}>

/** Files of certificates that the configuration may name. */
const NAMED_FILES = ['cert_file', 'key_file', 'directory_ca_file'] as const

/** The name of a backup that nobody named: `callbox-<host>-<time>.tar.gz`, with `.age` when encrypted. */
export function backupName(hostName: string, nowMs: number, encrypted: boolean): string {
  const time = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const host = hostName.replaceAll(/[^\w.-]/g, '_') || 'host'
  return `callbox-${host}-${time}.tar.gz${encrypted ? '.age' : ''}`
}

/** Writes a backup to a file, whole or not at all. Throws FILE_EXISTS or BACKUP_FAILED. */
export async function backUpToFile(
  kept: Kept,
  file: string,
  options: BackupOptions,
): Promise<BackupFacts> {
  if (options.force !== true && (await exists(file))) throw fileExists(file)
  return backUp(kept, options, async (bytes) => {
    const draft = join(dirname(file), `.${basename(file)}.${process.pid}.draft`)
    try {
      const handle = await open(draft, 'wx', 0o600)
      await pipeline(bytes, handle.createWriteStream({ flush: true }))
      await rename(draft, file)
      await syncFolder(dirname(file))
    } catch (error) {
      if (error instanceof ApplianceError) throw error
      throw new ApplianceError(
        'BACKUP_FAILED',
        `${file} cannot be written: ${messageOf(error)}`,
        'Name a file in a folder that exists, may be written to and has room.',
        error,
      )
    } finally {
      await rm(draft, { force: true })
    }
  })
}

/** Makes a backup and hands its bytes over. Throws BACKUP_FAILED. */
export async function backUp(
  kept: Kept,
  options: BackupOptions,
  write: (bytes: Readable) => Promise<void>,
): Promise<BackupFacts> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-backup-'))
  try {
    const { sources, notes } = await findSources(kept)
    const files = await takeSnapshot(sources, folder)
    if (files.length === 0) throw nothingToKeep(kept)
    await writeFile(join(folder, MANIFEST_FILE), await manifestOf(files, options), { mode: 0o600 })
    const packed = Readable.from(
      create({ cwd: folder, gzip: true, portable: true, noDirRecurse: true }, [
        MANIFEST_FILE,
        ...files.map(({ path }) => path),
      ]),
      { objectMode: false },
    )
    const { lock } = options
    await write(lock === undefined ? packed : await encrypt(packed, lock))
    const bytes = files.reduce((sum, { size }) => sum + size, 0)
    return { files: files.length, bytes, encrypted: lock !== undefined, notes }
  } catch (error) {
    throw error instanceof ApplianceError ? error : notBackedUp(error)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function notBackedUp(error: unknown): ApplianceError {
  const lacksRight = ['EACCES', 'EPERM'].includes(systemErrorCode(error) ?? '')
  return new ApplianceError(
    'BACKUP_FAILED',
    `The backup cannot be made: ${messageOf(error)}`,
    lacksRight
      ? 'Run it as root, or as the user of the appliance.'
      : 'See that there is room in the folder for temporary files (TMPDIR) and where the backup goes.',
    error,
  )
}

async function manifestOf(
  files: readonly ManifestFile[],
  { hostName, nowMs }: BackupOptions,
): Promise<string> {
  const release = await runningRelease()
  const text = manifestText({
    version: readVersions().callbox,
    ...(release === undefined ? {} : { release: release.id }),
    createdAt: new Date(nowMs).toISOString(),
    hostName,
    files: [...files],
  })
  try {
    parseManifest(text)
    return text
  } catch (error) {
    throw new ApplianceError(
      'BACKUP_FAILED',
      `A restore would refuse what is there. ${messageOf(error)}`,
      'Rename or remove what it names.',
      error,
    )
  }
}

async function findSources({
  configFile,
  dataDir,
}: Kept): Promise<{ sources: readonly Source[]; notes: readonly string[] }> {
  const text = await readText(configFile)
  const sources: Source[] = [{ from: dataDir, to: 'data' }]
  const notes: string[] = []
  if (text === undefined) notes.push('There is no configuration file; the defaults are in effect.')
  else sources.push({ from: configFile, to: 'config/config.yaml' })
  for (const { option, path } of namedFiles(text ?? '')) {
    const file = resolve(path)
    const inside = relative(dirname(configFile), file)
    if (file.startsWith(`${dataDir}/`)) continue
    if (inside === '' || inside.startsWith('..')) {
      notes.push(`${file} (${option}) is not in it: it lies outside of the configuration's folder.`)
    } else sources.push({ from: file, to: join('config', inside) })
  }
  return { sources, notes }
}

/** The files that the configuration names, as far as it can be read: a bad one is backed up too. */
function namedFiles(text: string): readonly Readonly<{ option: string; path: string }>[] {
  const document = parseDocument(text, { prettyErrors: false })
  return NAMED_FILES.flatMap((name) => {
    const path = document.errors.length === 0 ? document.getIn(['web', 'tls', name]) : undefined
    return typeof path === 'string' && path !== '' ? [{ option: `web.tls.${name}`, path }] : []
  })
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file)
    return true
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false
    throw new ApplianceError(
      'BACKUP_FAILED',
      `${file} cannot be looked at: ${messageOf(error)}`,
      'Name a file in a folder that may be read and written.',
      error,
    )
  }
}

/** What is thrown rather than to replace a file. */
export function fileExists(file: string): ApplianceError {
  return new ApplianceError(
    'FILE_EXISTS',
    `${file} is there already and was left as it is.`,
    'Name another file, or say --force.',
  )
}

function nothingToKeep({ configFile, dataDir }: Kept): ApplianceError {
  return new ApplianceError(
    'BACKUP_FAILED',
    `There is nothing to back up: neither ${configFile} nor anything in ${dataDir}.`,
    'Name them with --config and --data-dir, as for the start.',
  )
}
