import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** What lies below a folder: paths relative to it, folders before what is in them. */
export type Below = Readonly<{ path: string; isFile: boolean; isFolder: boolean }>

/**
 * Lists what lies below a folder and goes through no link: `readdir` with `recursive` does, and whoever owns the folder could
 * lead root out of it. Rejects where the folder is none.
 */
export async function walk(folder: string, below = ''): Promise<readonly Below[]> {
  const found: Below[] = []
  for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
    const path = join(below, entry.name)
    found.push({ path, isFile: entry.isFile(), isFolder: entry.isDirectory() })
    if (entry.isDirectory()) found.push(...(await walk(folder, path)))
  }
  return found
}
