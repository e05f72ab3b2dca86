import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The installed `mediasoup` package, with the worker's source in `worker/`. */
export const mediasoupFolder = join(import.meta.dirname, '../../node_modules/mediasoup')

/** Where workers are kept between clones. */
export function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'callbox')
}

/** The cached worker's path: another mediasoup, machine, system release or recipe is another file. */
export function cachedWorkerPath(): string {
  const { version } = JSON.parse(readFileSync(join(mediasoupFolder, 'package.json'), 'utf8'))
  const name = `mediasoup-worker-${version}-${process.arch}-${recipeHash()}`
  return join(cacheFolder(), name)
}

function recipeHash(): string {
  const files = globSync('{recipe.ts,overlays/**/*.*}', { cwd: import.meta.dirname }).sort()
  const hash = createHash('sha256').update(systemRelease())
  for (const file of files) {
    hash.update(`\0${file}\0`).update(readFileSync(join(import.meta.dirname, file)))
  }
  return hash.digest('hex').slice(0, 12)
}

/** The system's name and release, such as `debian 12`: its shared libraries are in the worker's links. */
export function systemRelease(): string {
  const facts = osRelease()
  return `${facts['ID'] ?? 'linux'} ${facts['VERSION_ID'] ?? ''}`.trim()
}

/** The fields of os-release(5) of the system in the folder `root`, without their quotes. */
export function osRelease(root = '/'): Readonly<Record<string, string>> {
  const lines = readFileSync(join(root, 'etc/os-release'), 'utf8').matchAll(
    /^([A-Z_]+)="?(.*?)"?$/gm,
  )
  return Object.fromEntries(Array.from(lines, ([, key = '', value = '']) => [key, value]))
}
