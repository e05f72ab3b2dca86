import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Component, type Hash, purl } from './component.ts'

type LockEntry = Readonly<{
  name?: string
  version?: string
  integrity?: string
  license?: unknown
}>

/** Lists the npm packages that lie in the folder of a release, with what its lockfile says of each. */
export function npmComponents(release: string): Component[] {
  const lock: { packages: Record<string, LockEntry> } = read(join(release, 'package-lock.json'))
  const present = Object.entries(lock.packages).filter(
    ([path]) => path !== '' && existsSync(join(release, path, 'package.json')),
  )
  const byPurl = new Map<string, Component>()
  for (const [path, entry] of present) {
    const component = componentOf(release, path, entry)
    byPurl.set(component.purl, component)
  }
  return [...byPurl.values()].sort((a, b) => (a.purl < b.purl ? -1 : 1))
}

function componentOf(release: string, path: string, entry: LockEntry): Component {
  const name = entry.name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
  const stated: unknown = entry.license ?? read(join(release, path, 'package.json')).license
  return {
    kind: 'npm-package',
    name,
    version: entry.version,
    purl: purl(['npm', ...name.split('/')], entry.version),
    licence: typeof stated === 'string' && isExpression(stated) ? stated : undefined,
    hashes: hashesOf(entry.integrity ?? ''),
  }
}

/** An SPDX expression by its form; npm also knows `SEE LICENSE IN …`, which is none. */
function isExpression(text: string): boolean {
  return /^\(*[\w.+-]+\)*( (AND|OR|WITH) \(*[\w.+-]+\)*)*$/.test(text)
}

function hashesOf(integrity: string): Hash[] {
  const found = /^sha512-(\S+)$/.exec(integrity)?.[1]
  if (found === undefined) return []
  return [{ algorithm: 'SHA-512', hex: Buffer.from(found, 'base64').toString('hex') }]
}

function read(path: string) {
  return JSON.parse(readFileSync(path, 'utf8'))
}
