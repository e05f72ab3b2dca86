import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ApplianceError, messageOf, systemErrorCode } from '../errors.ts'
import { syncFolder } from './durable.ts'
import { decrypt, isEncrypted, type Key } from './encryption.ts'
import {
  badBackup,
  MANIFEST_FILE,
  MAX_MANIFEST_BYTES,
  type Manifest,
  type ManifestFile,
  parseManifest,
} from './manifest.ts'
import { readTar, type TarEntry, through } from './tar-reader.ts'

/** Long enough to tell an encrypted file from a plain one. */
const HEAD_BYTES = 40

/** What is the matter with this host, and not with the backup. */
const LOCAL_FAULTS = ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EIO']

const GZIP_BEGINS = Buffer.from([0x1f, 0x8b])

/**
 * Reads a backup into an empty folder: plain, or encrypted, when `keyFor` is asked for the key. Each file is checked
 * against the manifest, which comes first; what it does not name is refused. Throws BACKUP_BAD, BACKUP_TOO_NEW
 * or BACKUP_KEY; the folder then holds what came before.
 */
export async function unpackBackup(
  backup: Readable,
  folder: string,
  keyFor: () => Promise<Key>,
): Promise<Manifest> {
  const { head, all } = await peek(backup)
  const plain = isEncrypted(head)
    ? await peek(await decrypt(all, head, await keyFor()))
    : { head, all }
  if (!Buffer.from(plain.head).subarray(0, 2).equals(GZIP_BEGINS)) {
    throw badBackup('it is neither a compressed archive nor encrypted in the age format')
  }
  const reading = new Unpacking(folder)
  try {
    await readTar(through(plain.all, createGunzip()), (entry) => reading.take(entry))
  } catch (error) {
    if (error instanceof ApplianceError) throw error
    throw LOCAL_FAULTS.includes(systemErrorCode(error) ?? '')
      ? noPlace(folder, error)
      : badBackup(messageOf(error), error)
  }
  return reading.finish()
}

function noPlace(folder: string, error: unknown): ApplianceError {
  return new ApplianceError(
    'RESTORE_FAILED',
    `The backup cannot be unpacked to ${folder}: ${messageOf(error)}`,
    'Nothing was changed. Make room there, or see that it can be written to.',
    error,
  )
}

class Unpacking {
  readonly #folder: string
  #manifest: Manifest | undefined
  #waiting = new Map<string, ManifestFile>()

  constructor(folder: string) {
    this.#folder = folder
  }

  async take(entry: TarEntry): Promise<void> {
    if (entry.type !== 'File' && entry.type !== 'OldFile') {
      throw badBackup(`${JSON.stringify(entry.path)} is no plain file (${entry.type})`)
    }
    if (this.#manifest === undefined) {
      this.#manifest = parseManifest(await manifestOf(entry))
      this.#waiting = new Map(this.#manifest.files.map((file) => [file.path, file]))
      return
    }
    const file = this.#waiting.get(entry.path)
    if (file === undefined)
      throw badBackup(`${JSON.stringify(entry.path)} is not in its manifest, or twice in it`)
    this.#waiting.delete(entry.path)
    if (entry.size !== file.size)
      throw badBackup(`${file.path} has another size than its manifest says`)
    await writeChecked(entry, file, join(this.#folder, file.path))
  }

  finish(): Manifest {
    if (this.#manifest === undefined) throw badBackup('it is empty')
    const [missing] = this.#waiting.keys()
    if (missing !== undefined) throw badBackup(`it lacks ${missing}; it may have been cut short`)
    return this.#manifest
  }
}

async function manifestOf(entry: TarEntry): Promise<string> {
  if (entry.path !== MANIFEST_FILE) throw badBackup('it does not begin with a manifest')
  if (entry.size > MAX_MANIFEST_BYTES) throw badBackup('its manifest is too large')
  const parts: Uint8Array[] = []
  for await (const part of entry.bytes) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}

async function writeChecked(entry: TarEntry, file: ManifestFile, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const handle = await open(path, 'wx', 0o600)
  try {
    const sha256 = await writeHashed(entry, handle)
    if (sha256 !== file.sha256)
      throw badBackup(`${file.path} has another content than its manifest says`)
    // Its owner's rights only: whoever may read more than that is the receiving host's matter.
    await handle.chmod(file.mode & 0o700)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await syncFolder(dirname(path))
}

async function writeHashed(entry: TarEntry, handle: FileHandle): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of entry.bytes) {
    hash.update(part)
    await handle.writeFile(part)
  }
  return hash.digest('hex')
}

/** Looks at the first bytes of a stream without taking them out of it. */
async function peek(stream: Readable): Promise<{ head: Uint8Array; all: Readable }> {
  const chunks = stream[Symbol.asyncIterator]()
  const first: Buffer[] = []
  let length = 0
  while (length < HEAD_BYTES) {
    const { value, done } = await chunks.next()
    if (done === true) break
    const chunk = Buffer.from(value)
    first.push(chunk)
    length += chunk.length
  }
  const again = async function* () {
    yield* first
    yield* { [Symbol.asyncIterator]: () => chunks }
  }
  return { head: Buffer.concat(first), all: Readable.from(again(), { objectMode: false }) }
}
