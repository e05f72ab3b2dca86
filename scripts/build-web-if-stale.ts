import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Builds the browser pages unless `dist/web` came from the very same sources and packages. */
export async function buildWebIfStale(root: string, say: (line: string) => void): Promise<void> {
  const stamp = join(root, 'dist/web/.source-hash')
  const hash = await sourceHash(root)
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === hash) return
  const started = performance.now()
  // In a process of its own: the bundler's child would stay behind, dead, in a caller that becomes the appliance.
  await promisify(execFile)(process.execPath, [join(root, 'scripts/build-web.ts')])
  await writeFile(stamp, hash)
  say(`Built the web pages in ${((performance.now() - started) / 1000).toFixed(1)} s.`)
}

async function sourceHash(root: string): Promise<string> {
  const own = ['package-lock.json', 'ui/api.ts', 'scripts/build-web.ts']
  const pages = globSync('ui/web/**/*.*', { cwd: root })
  const hash = createHash('sha256')
  for (const file of [...own, ...pages.filter((page) => !page.endsWith('.test.ts')).sort()]) {
    hash
      .update(file)
      .update('\0')
      .update(await readFile(join(root, file)))
      .update('\0')
  }
  return hash.digest('hex')
}
