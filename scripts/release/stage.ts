import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  lstatSync,
  lutimesSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { join } from 'node:path'
import { runtimePackages } from './packages.ts'

/** What of the tree an installed host needs; tests and what only builds stay behind. */
const SOURCES: readonly string[] = [
  'appliance',
  'sfu',
  'turn',
  'ui/server',
  'ui/api.ts',
  'ui/api-turn.ts',
  'scripts/install.sh',
  'scripts/install',
  'package.json',
  'package-lock.json',
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'SECURITY.md',
  'docs',
]

const IS_TEST = /(^|\/)test\/|\.test\.tsx?$|-contract\.ts$|^docs\/images\//

/**
 * Fills an empty folder with what an installed host runs: sources, built pages, packages, the Node and the
 * media worker of this machine's architecture.
 */
export function stageTree(root: string, stage: string, worker: string): void {
  for (const file of trackedFiles(root)) copy(join(root, file), join(stage, file))
  copy(join(root, 'dist/web'), join(stage, 'dist/web'))
  copy(worker, join(stage, 'mediasoup-worker'))
  const node = `node_modules/node-linux-${process.arch}`
  for (const file of ['bin/node', 'LICENSE', 'package.json']) {
    copy(join(root, node, file), join(stage, node, file))
  }
  for (const folder of runtimePackages(root)) {
    const inner = join(root, folder, 'node_modules')
    cpSync(join(root, folder), join(stage, folder), {
      recursive: true,
      filter: (path) => path !== inner,
    })
  }
  leaveOutWorkerSource(join(stage, 'node_modules/mediasoup'))
}

/**
 * Takes out the worker's source, which is half of mediasoup's package: the worker is in a release already. What names the
 * libraries in a prebuilt one stays, for the bill of materials.
 */
export function leaveOutWorkerSource(mediasoup: string): void {
  const worker = join(mediasoup, 'worker')
  removeAllBut(worker, (name) => name === 'subprojects')
  removeAllBut(join(worker, 'subprojects'), (name) => name.endsWith('.wrap'))
}

function removeAllBut(folder: string, isKept: (name: string) => boolean): void {
  const others = readdirSync(folder).filter((name) => !isKept(name))
  for (const name of others) rmSync(join(folder, name), { recursive: true })
}

/** Gives everything the same owner's rights and time, so that the same content is the same archive. */
export function normalise(stage: string, atSeconds: number): void {
  for (const path of [...listTree(stage).map((name) => join(stage, name)), stage]) {
    const facts = lstatSync(path)
    const runs = facts.isDirectory() || (facts.mode & 0o100) !== 0
    if (!facts.isSymbolicLink()) chmodSync(path, runs ? 0o755 : 0o644)
    lutimesSync(path, atSeconds, atSeconds)
  }
}

/** The first eight hexadecimal digits of a hash over names, rights and contents. */
export function contentHash(stage: string): string {
  const hash = createHash('sha256')
  for (const name of listTree(stage)) {
    const facts = lstatSync(join(stage, name))
    if (!facts.isFile()) continue
    hash.update(`${name}\0${(facts.mode & 0o100) !== 0}\0${facts.size}\0`)
    hash.update(readFileSync(join(stage, name)))
  }
  return hash.digest('hex').slice(0, 8)
}

function listTree(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
}

function trackedFiles(root: string): readonly string[] {
  const args = ['ls-files', '-z', '--', ...SOURCES]
  const text = execFileSync('git', args, { cwd: root, encoding: 'utf8' })
  return text.split('\0').filter((file) => file !== '' && !IS_TEST.test(file))
}

function copy(from: string, to: string): void {
  cpSync(from, to, { recursive: true })
}
