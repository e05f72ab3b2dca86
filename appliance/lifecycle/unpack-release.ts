import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { chmod, mkdir, open, rename, rm, statfs, symlink } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { promisify } from 'node:util'
import { createZstdDecompress } from 'node:zlib'
import { ApplianceError, messageOf, systemErrorCode } from '../errors.ts'
import { syncFolder } from './durable.ts'
import { isThere } from './files.ts'
import { RELEASE_ID, type Release, readRelease } from './release.ts'
import { checkedPath, readTar, type TarEntry, through } from './tar-reader.ts'
import type { Trusted } from './trust.ts'

const MAX_ENTRIES = 200_000
const MAX_BYTES = 8 * 1024 ** 3

/** A release takes about four times the room of its bundle. */
const ROOM_PER_BYTE = 5

/**
 * Unpacks a trusted bundle to `<releases>/<id>.new`. Its content has to be what was trusted; names that lead out of
 * its folder, and anything but files, folders and links within, are refused. Throws UPDATE_BUNDLE_BAD or UPDATE_NO_SPACE;
 * nothing of it is left then.
 */
export async function unpackRelease(
  bundle: string,
  trusted: Trusted,
  releases: string,
): Promise<Readonly<{ release: Release; folder: string }>> {
  await checkRoom(releases, trusted.bytes)
  const unpacking = new Unpacking(releases)
  try {
    await readAll(bundle, trusted, unpacking)
    const folder = await unpacking.finish()
    const release = await readRelease(folder)
    if (release === undefined || `${release.id}.new` !== folder.slice(releases.length + 1)) {
      throw bad('its release.json is missing or of another release')
    }
    await promisify(execFile)('sync', ['--file-system', folder])
    return { release, folder }
  } catch (error) {
    await unpacking.discard()
    if (systemErrorCode(error) === 'ENOSPC') throw noRoom(releases, error)
    throw error instanceof ApplianceError ? error : bad(messageOf(error), error)
  }
}

/** Gives an unpacked release its name; one of the same name that is there is replaced. */
export async function keepRelease(folder: string): Promise<void> {
  const place = folder.replace(/\.new$/, '')
  const aside = `${place}.old`
  await rm(aside, { recursive: true, force: true })
  if (await isThere(place)) await rename(place, aside)
  await rename(folder, place)
  await syncFolder(dirname(place))
  await rm(aside, { recursive: true, force: true })
}

async function readAll(bundle: string, trusted: Trusted, unpacking: Unpacking): Promise<void> {
  const hash = createHash('sha256')
  const file = createReadStream(bundle, { highWaterMark: 1024 * 1024 })
  file.on('data', (chunk) => hash.update(chunk))
  await readTar(through(file, createZstdDecompress()), (entry) => unpacking.take(entry))
  if (!file.readableEnded) throw bad('there is something behind its end')
  if (hash.digest('hex') !== trusted.sha256) throw bad('it changed while it was installed')
}

class Unpacking {
  readonly #releases: string
  #folder: string | undefined
  #prefix = ''
  #entries = 0
  #bytes = 0
  readonly #made = new Set<string>()
  /** Made last, so that no entry can be written through one. */
  readonly #links = new Map<string, string>()

  constructor(releases: string) {
    this.#releases = releases
  }

  async take(entry: TarEntry): Promise<void> {
    const path = await this.#pathOf(entry)
    this.#entries += 1
    this.#bytes += entry.size
    if (this.#entries > MAX_ENTRIES || this.#bytes > MAX_BYTES) throw bad('it is too large')
    if (path === undefined) return
    if (this.#links.has(path) || (this.#made.has(path) && entry.type !== 'Directory')) {
      throw bad(`it has ${path} twice`)
    }
    if (entry.type === 'Directory') await this.#makeFolder(path)
    else if (entry.type === 'SymbolicLink') this.#links.set(path, insideTarget(path, entry))
    else if (['File', 'OldFile', 'ContiguousFile'].includes(entry.type))
      await this.#write(path, entry)
    else throw bad(`${path} is no plain file (${entry.type})`)
    this.#made.add(path)
  }

  /** Makes the links; answers the folder. */
  async finish(): Promise<string> {
    if (this.#folder === undefined) throw bad('it is empty')
    for (const [path, target] of this.#links) {
      await mkdir(join(this.#folder, dirname(path)), { recursive: true })
      await symlink(target, join(this.#folder, path))
    }
    return this.#folder
  }

  async discard(): Promise<void> {
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true })
  }

  /** The path inside of the release; `undefined` for the release's own folder. */
  async #pathOf({ path, type }: TarEntry): Promise<string | undefined> {
    const problem = checkedPath(path)
    if (problem !== undefined) throw bad(`${JSON.stringify(path)} in it ${problem}`)
    const [top = '', ...rest] = path.split('/')
    if (this.#folder === undefined) await this.#begin(top)
    if (top !== this.#prefix) throw bad(`it has more than the folder ${this.#prefix}`)
    if (rest.length > 0) return rest.join('/')
    if (type !== 'Directory') throw bad(`${path} is no folder`)
    return undefined
  }

  async #begin(top: string): Promise<void> {
    const id = /^callbox-(.+)$/.exec(top)?.[1] ?? ''
    if (!RELEASE_ID.test(id)) throw bad('it does not begin with a folder callbox-<release>')
    this.#prefix = top
    this.#folder = join(this.#releases, `${id}.new`)
    await rm(this.#folder, { recursive: true, force: true })
    await mkdir(this.#folder, { recursive: true })
    await chmod(this.#folder, 0o755)
  }

  async #makeFolder(path: string): Promise<void> {
    await mkdir(join(this.#folder ?? '', path), { recursive: true, mode: 0o755 })
  }

  async #write(path: string, entry: TarEntry): Promise<void> {
    await this.#makeFolder(dirname(path))
    const mode = (entry.mode & 0o111) === 0 ? 0o644 : 0o755
    const handle = await open(join(this.#folder ?? '', path), 'wx', mode)
    try {
      for await (const chunk of entry.bytes) await handle.writeFile(chunk)
      await handle.chmod(mode)
    } finally {
      await handle.close()
    }
  }
}

/** Where a link leads, if that is inside of the release. */
function insideTarget(path: string, { linkTarget = '' }: TarEntry): string {
  const leadsTo = normalize(join(dirname(path), linkTarget))
  if (linkTarget === '' || linkTarget.startsWith('/') || /^\.\.(\/|$)/.test(leadsTo)) {
    throw bad(`the link ${path} leads out of its folder`)
  }
  return linkTarget
}

async function checkRoom(releases: string, bundleBytes: number): Promise<void> {
  await mkdir(releases, { recursive: true })
  const { bavail, bsize } = await statfs(releases)
  if (bavail * bsize < bundleBytes * ROOM_PER_BYTE) throw noRoom(releases)
}

function noRoom(releases: string, cause?: unknown): ApplianceError {
  return new ApplianceError(
    'UPDATE_NO_SPACE',
    `There is not enough room for another release in ${releases}.`,
    'Make room (journalctl --vacuum-size=100M, old backups in /var/lib/callbox-update/backups), or enlarge the disk.',
    cause,
  )
}

function bad(why: string, cause?: unknown): ApplianceError {
  return new ApplianceError(
    'UPDATE_BUNDLE_BAD',
    `The bundle cannot be installed: ${why}.`,
    'Nothing was changed. Fetch the bundle again from where releases are published.',
    cause,
  )
}
