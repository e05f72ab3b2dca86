import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a lockfile says of one installed package. */
type LockEntry = Readonly<{
  dependencies?: Readonly<Record<string, string>>
  optionalDependencies?: Readonly<Record<string, string>>
  peerDependencies?: Readonly<Record<string, string>>
}>

/** Packages that the pages are bundled from or with, or that try a fresh worker: no installed host runs them. */
const NOT_AT_RUN_TIME: readonly string[] = [
  '@preact/signals',
  'esbuild',
  'livekit-client',
  'preact',
  'uplot',
  'werift',
]

/**
 * Lists the folders below the root (`node_modules/koa` …) of every package that the server needs: the
 * dependencies of `package.json` that run on a server, and theirs, as the lockfile resolved them.
 * @throws Error naming a package that is not installed
 */
export function runtimePackages(root: string): readonly string[] {
  const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'))
  const { dependencies = {} } = read('package.json')
  const locked: Readonly<Record<string, LockEntry>> = read('package-lock.json').packages
  const found = new Set<string>()
  const add = ({ name, from, mayLack }: Wish): void => {
    const path = resolvePackage(name, from, locked)
    const isThere = path !== undefined && existsSync(join(root, path))
    if (!isThere && !mayLack) {
      throw new Error(`${name} is not installed: run npm start or npm test once, and repeat.`)
    }
    if (!isThere || found.has(path)) return
    found.add(path)
    for (const wish of wishesOf(locked[path] ?? {}, path)) add(wish)
  }
  for (const name of Object.keys(dependencies)) {
    if (!NOT_AT_RUN_TIME.includes(name)) add({ name, from: '', mayLack: false })
  }
  return [...found].sort()
}

/** A package that another one asks for, from its folder. */
type Wish = Readonly<{ name: string; from: string; mayLack: boolean }>

function wishesOf(entry: LockEntry, from: string): readonly Wish[] {
  const needed = Object.keys(entry.dependencies ?? {})
  const welcome = Object.keys({ ...entry.optionalDependencies, ...entry.peerDependencies })
  return [
    ...needed.map((name) => ({ name, from, mayLack: welcome.includes(name) })),
    ...welcome.map((name) => ({ name, from, mayLack: true })),
  ]
}

/** Finds a package the way Node does: in the asking package's own folder, then outwards. */
function resolvePackage(
  name: string,
  from: string,
  locked: Readonly<Record<string, LockEntry>>,
): string | undefined {
  for (let folder = from; ; ) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`
    if (path in locked) return path
    if (folder === '') return undefined
    const outer = folder.lastIndexOf('/node_modules/')
    folder = outer < 0 ? '' : folder.slice(0, outer)
  }
}
