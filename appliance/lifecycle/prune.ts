import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { namesIn } from './files.ts'
import type { Places } from './places.ts'
import { installedIds, readRelease, runningFolder } from './release.ts'

const KEPT_RELEASES = 3
const KEPT_BACKUPS = 10

/** Removes releases but those named and the latest others, three in all, and backups of updates but the latest ten. */
export async function prune(places: Places, wanted: readonly string[]): Promise<void> {
  const { releases, backups } = places
  const ids = await installedIds(places)
  const built = new Map<string, string>()
  for (const id of ids) built.set(id, (await readRelease(join(releases, id)))?.builtAt ?? '')
  const age = (id: string) => built.get(id) ?? ''
  const others = ids.filter((id) => !wanted.includes(id)).sort((a, b) => (age(a) < age(b) ? 1 : -1))
  const room = Math.max(0, KEPT_RELEASES - new Set(wanted).size)
  for (const id of others.slice(room)) {
    const folder = join(releases, id)
    if (folder !== runningFolder()) await rm(folder, { recursive: true, force: true })
  }
  for (const name of await leftovers(releases)) await rm(join(releases, name), { recursive: true })
  for (const file of (await byAge(backups)).slice(KEPT_BACKUPS)) await rm(file, { force: true })
}

/** What an update that was cut short left behind. */
async function leftovers(folder: string): Promise<readonly string[]> {
  return (await namesIn(folder)).filter((name) => /\.(new|old)$/.test(name))
}

async function byAge(folder: string): Promise<readonly string[]> {
  const files = await Promise.all(
    (await namesIn(folder)).map(async (name) => {
      const file = join(folder, name)
      return { file, atMs: (await stat(file)).mtimeMs }
    }),
  )
  return files.sort((one, other) => other.atMs - one.atMs).map(({ file }) => file)
}
