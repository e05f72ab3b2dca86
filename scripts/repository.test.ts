import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'

type LockEntry = Readonly<{
  version?: string
  integrity?: string
  resolved?: string
  license?: string
  dev?: boolean
  optional?: boolean
}>

const root = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const manifest = JSON.parse(read('package.json'))
const lock: { packages: Record<string, LockEntry> } = JSON.parse(read('package-lock.json'))
const locked = Object.entries(lock.packages).filter(([path]) => path !== '')

/** Licences that may be shipped together with ISC; MPL-2.0 as its files are shipped unmodified (its 3.2). */
const compatible = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'MIT-0',
  'MPL-2.0',
  'Unlicense',
])

t.test('names no path of one machine', async (t) => {
  const paths = /(^|[\s"'`=(:])\/(root|work|home\/[a-z]|tmp\/[a-z])[\w/.-]*/m
  t.same(findings(textFiles(), paths), [])
})

t.test('names no package registry or mirror', async (t) => {
  const host = /\b(registry|mirror|proxy|artifactory|nexus)[\w-]*(\.[\w-]+)+(:\d+)?\//i
  t.same(findings([...textFiles(), 'package-lock.json', '.npmrc'], host), [])
})

t.test('has every dependency in one exact version', async (t) => {
  const kinds = ['dependencies', 'devDependencies', 'optionalDependencies']
  for (const [name, version] of kinds.flatMap((kind) => Object.entries(manifest[kind] ?? {}))) {
    t.match(version, /^(npm:.+@)?\d+\.\d+\.\d+(-[\w.]+)?$/, name)
  }
})

t.test('has a lockfile that any registry can serve, checked by content', async (t) => {
  t.notOk(
    locked.some(([, entry]) => entry.resolved),
    'names no download address',
  )
  const unchecked = locked.filter(([path, entry]) => !entry.integrity && !isOtherPlatform(path))
  t.same(
    unchecked.map(([path]) => path),
    [],
    'has a hash for everything that is installed here',
  )
})

t.test('ships only what its licence may be shipped with', async (t) => {
  const shipped = locked
    .filter(([, { dev }]) => !dev)
    .map(([path, { license }]) => [path, license ?? licenceOnDisk(path)] as const)
  t.ok(shipped.length > 0)
  t.same(
    shipped.filter(([, licence]) => !isCompatible(licence)),
    [],
  )
})

t.test('gives a reason for every dependency', async (t) => {
  const reasons = read('docs/adr/0003-runtime-and-dependencies.md')
  const kinds = ['dependencies', 'devDependencies', 'optionalDependencies']
  for (const name of kinds.flatMap((kind) => Object.keys(manifest[kind] ?? {}))) {
    t.ok(name.startsWith('@types/') || reasons.includes(`\`${name}\``), name)
  }
})

t.test('links in its documents only to what is there', async (t) => {
  for (const document of documents()) {
    const links = [...read(document).matchAll(/\]\(([^)\s#]+)[^)]*\)/g)].map(([, to = '']) => to)
    const here = links.filter((to) => !/^[a-z]+:/.test(to))
    const lost = here.filter((to) => !existsSync(join(root, dirname(document), to)))
    t.same(lost, [], document)
  }
})

t.test('lists every decision', async (t) => {
  const decisions = documents().filter((file) => file.startsWith('docs/adr/'))
  t.ok(decisions.length > 0)
  for (const file of decisions) t.match(read('docs/ARCHITECTURE.md'), file.slice('docs/'.length))
})

t.test('names in its documents only files that are there', async (t) => {
  const files = trackedFiles().map((file) => `/${file}`)
  for (const document of documents()) {
    const named = [...read(document).matchAll(/`((?:[\w-][\w.-]*\/)*[\w.-]+\.(?:ts|tsx|mjs))`/g)]
    const names = named.map(([, name = '']) => name).filter((name) => !/^x\./.test(name))
    t.same(
      names.filter((name) => !files.some((file) => file.endsWith(`/${name}`))),
      [],
      document,
    )
  }
})

/** An optional package that npm did not install, as it is for another system. */
function isOtherPlatform(path: string): boolean {
  return Boolean(lock.packages[path]?.optional) && !existsSync(join(root, path))
}

function isCompatible(licence: string): boolean {
  const anyOf = licence.replace(/[()]/g, '').split(' OR ')
  return anyOf.some((choice) => choice.split(' AND ').every((part) => compatible.has(part)))
}

function licenceOnDisk(path: string): string {
  const file = join(path, 'package.json')
  const { license } = existsSync(join(root, file)) ? JSON.parse(read(file)) : { license: undefined }
  return typeof license === 'string' ? license : 'unknown'
}

/** The first match in each file that has one, as `file: match`. */
function findings(files: readonly string[], pattern: RegExp): string[] {
  return files.flatMap((file) => {
    const found = pattern.exec(read(file))?.[0].trim()
    return found === undefined ? [] : [`${file}: ${found}`]
  })
}

function documents(): string[] {
  return trackedFiles().filter((file) => file.endsWith('.md'))
}

function trackedFiles(): string[] {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
  return files.split('\0').filter((file) => file !== '' && existsSync(join(root, file)))
}

function textFiles(): string[] {
  const binary = /\.(png|jpg|ico|wav|ogg|webm|woff2|bin|pcap)$/
  return trackedFiles()
    .filter((file) => file !== 'package-lock.json' && !binary.test(file))
    .filter((file) => file !== 'scripts/repository.test.ts')
}
