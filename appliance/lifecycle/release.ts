import { readdir, realpath } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { isMissing, isThere, readText } from './files.ts'
import type { Places } from './places.ts'

/** What names a release: its version and eight digits of its content. */
export const RELEASE_ID = /^(\d+\.\d+\.\d+(?:-[0-9A-Za-z.]+)?)-[0-9a-f]{8}$/

const releaseSchema = z.object({
  id: z.string().regex(RELEASE_ID),
  version: z.string().regex(/^\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?$/),
  builtAt: z.string(),
  node: z.string(),
  /** In Node's words (`x64`). */
  arch: z.string(),
})

/** What a release says of itself, in `release.json`. */
export type Release = Readonly<z.infer<typeof releaseSchema>>

/** Reads what a release says of itself; `undefined` where it says nothing that can be used. */
export async function readRelease(folder: string): Promise<Release | undefined> {
  const text = await readText(join(folder, 'release.json'))
  if (text === undefined) return undefined
  try {
    return releaseSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined // no JSON
  }
}

/** The release that this code belongs to; `undefined` on a checkout. */
export function runningRelease(): Promise<Release | undefined> {
  return readRelease(runningFolder())
}

/** The folder that this code lies in. */
export function runningFolder(): string {
  return join(import.meta.dirname, '../..')
}

/** The id of the release that `current` leads to; `undefined` where it leads to none that is there. */
export async function currentId({ current, releases }: Places): Promise<string | undefined> {
  try {
    const id = basename(await realpath(current))
    return (await isThere(join(releases, id))) && RELEASE_ID.test(id) ? id : undefined
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Lists the ids of the releases that are there. */
export async function installedIds({ releases }: Places): Promise<readonly string[]> {
  try {
    return (await readdir(releases)).filter((name) => RELEASE_ID.test(name)).sort()
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** Compares versions by their numbers; one with a suffix comes before the same without (semver.org, 11). */
export function compareVersions(one: string, other: string): number {
  const [oneNumbers = '', oneSuffix] = split(one)
  const [otherNumbers = '', otherSuffix] = split(other)
  const a = oneNumbers.split('.').map(Number)
  const b = otherNumbers.split('.').map(Number)
  for (const [index, number] of a.entries()) {
    const difference = number - (b[index] ?? 0)
    if (difference !== 0) return difference
  }
  if (oneSuffix === otherSuffix) return 0
  if (oneSuffix === undefined) return 1
  if (otherSuffix === undefined) return -1
  return oneSuffix.localeCompare(otherSuffix, 'en', { numeric: true })
}

function split(version: string): readonly string[] {
  const at = version.indexOf('-')
  return at < 0 ? [version] : [version.slice(0, at), version.slice(at + 1)]
}
