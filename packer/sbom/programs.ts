import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Component, purl } from './component.ts'

/** Gives the version of a Debian package on the machine that makes the image; undefined when it has none. */
export type VersionHere = (debianPackage: string) => string | undefined

/** Lists the programs of a release that no package manager knows, and what is compiled into them. */
export function programComponents(release: string, versionHere: VersionHere): Component[] {
  return [callbox(release), ...nodeComponents(release), ...workerComponents(release, versionHere)]
}

function callbox(release: string): Component {
  const { version, license } = JSON.parse(readFileSync(join(release, 'package.json'), 'utf8'))
  const id = purl(['generic', 'callbox'], version)
  return { kind: 'program', name: 'callbox', version, purl: id, licence: license, hashes: [] }
}

// Of process.versions: not libraries, or not of their own.
const noParts = ['node', 'modules', 'napi', 'unicode', 'cldr', 'tz']

/** The release's Node, with the libraries that it says are compiled into it. */
function nodeComponents(release: string): Component[] {
  const [path] = globSync(join(release, 'node_modules/node-linux-*/bin/node'))
  if (path === undefined) return []
  const print = spawnSync(path, ['-p', 'JSON.stringify(process.versions)'], { encoding: 'utf8' })
  if (print.status !== 0) throw new Error(`${path} does not run here: ${print.stderr}`)
  const versions: Record<string, string> = JSON.parse(print.stdout)
  const version = versions['node']
  const node: Component = {
    ...program('node', version, path),
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
    licence: 'MIT',
  }
  const parts = Object.entries(versions).filter(([name]) => !noParts.includes(name))
  return [node, ...parts.map(([name, partVersion]) => part(node, name, partVersion))]
}

/** Libraries that our recipe or mediasoup's own compiles into the worker, unless it loads them as shared ones. */
const workerLibraries = [
  { name: 'abseil-cpp', wrap: 'abseil-cpp', shared: 'libabsl_strings.so', debian: 'libabsl-dev' },
  { name: 'flatbuffers', wrap: 'flatbuffers', shared: '', debian: 'libflatbuffers-dev' },
  { name: 'libuv', wrap: 'libuv', shared: 'libuv.so', debian: 'libuv1-dev' },
  { name: 'openssl', wrap: 'openssl', shared: 'libssl.so', debian: 'libssl-dev' },
] as const

function workerComponents(release: string, versionHere: VersionHere): Component[] {
  const path = join(release, 'mediasoup-worker')
  const mediasoup = join(release, 'node_modules/mediasoup')
  const { version } = JSON.parse(readFileSync(join(mediasoup, 'package.json'), 'utf8'))
  const worker: Component = { ...program('mediasoup-worker', version, path), licence: 'ISC' }
  const binary = readFileSync(path)
  // Debian's libraries are shared ones in a worker of our recipe; mediasoup's own prebuilt has all in itself.
  const isOurs = binary.includes('libssl.so')
  const inside = workerLibraries.filter(({ shared }) => shared === '' || !binary.includes(shared))
  const wrapped = (name: string) => {
    const wrap = readFileSync(join(mediasoup, `worker/subprojects/${name}.wrap`), 'utf8')
    return /^directory *= *[a-z-]*?-v?(\d.*)$/m.exec(wrap)?.[1]
  }
  const libsrtp = /libsrtp\d? (\d+\.\d+\.\d+[\w.-]*)/.exec(binary.toString('latin1'))?.[1]
  return [
    worker,
    part(worker, 'libsrtp', libsrtp),
    { ...part(worker, 'libwebrtc', undefined), comment: 'the parts in mediasoup/worker/deps' },
    ...inside.map(({ name, wrap, debian }) =>
      isOurs
        ? {
            ...part(worker, name, versionHere(debian)),
            comment: `compiled from Debian's ${debian}`,
          }
        : part(worker, name, wrapped(wrap)),
    ),
    ...(isOurs ? [] : [part(worker, 'unordered_dense', wrapped('unordered-dense'))]),
  ]
}

function program(name: string, version: string | undefined, path: string) {
  const hex = createHash('sha256').update(readFileSync(path)).digest('hex')
  const hashes = [{ algorithm: 'SHA-256' as const, hex }]
  return { kind: 'program' as const, name, version, purl: purl(['generic', name], version), hashes }
}

/** A library within a program; its purl says in which, as the same library may be in several. */
function part(whole: Component, name: string, version: string | undefined): Component {
  const within = { in: whole.name }
  return {
    kind: 'part',
    name,
    version,
    purl: purl(['generic', name], version, within),
    licence: undefined,
    hashes: [],
    partOf: whole.purl,
  }
}
