import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import type { Test } from 'tap'
import { type RawEntry, rawTar } from './archives.ts'
import { createFakeHost } from './fake-host.ts'

/** Ids of releases: two of one version, an earlier and a later one. */
export const OLD = '1.0.0-0000000a'
export const NEW = '1.1.0-0000000b'
export const EARLIER = '0.9.0-0000000c'

/** The files of a small release, whose programs say that all is well. */
export function releaseFiles(id: string, changes: Readonly<Record<string, string>> = {}) {
  const [version] = id.split(/-(?=[0-9a-f]{8}$)/)
  const release = {
    id,
    version,
    builtAt: '2026-11-27T00:00:00Z',
    node: '26.10.0',
    arch: process.arch,
  }
  return {
    'release.json': JSON.stringify(release),
    'mediasoup-worker': '#!/bin/sh\nexit 41\n',
    'appliance/main.ts': '',
    [`node_modules/node-linux-${process.arch}/bin/node`]: '#!/bin/sh\nexit 0\n',
    ...changes,
  }
}

/** Packs a release as bundles are, with further entries behind its own. */
export function packRelease(
  id: string,
  files: Readonly<Record<string, string>> = releaseFiles(id),
  further: readonly RawEntry[] = [],
): Buffer {
  const entries = Object.entries(files).map(([path, text]) => ({
    path: `callbox-${id}/${path}`,
    text,
    mode: text.startsWith('#!') ? 0o755 : 0o644,
  }))
  const folder: RawEntry = { path: `callbox-${id}/`, type: '5' }
  return zstdCompressSync(rawTar([folder, ...entries, ...further]))
}

/** Makes a host on which a release is installed, and runs. */
export async function createInstalledHost(t: Test) {
  const made = await createFakeHost(t)
  const { places } = made
  await installRelease(places.releases, OLD)
  await symlink(`releases/${OLD}`, places.current)
  await made.write('/etc/callbox/config.yaml', 'public_address: 192.0.2.1\n')
  await made.write('/var/lib/callbox/data.json', 'of before')
  await chmod(places.dataDir, 0o700)
  await chmod(made.host.root, 0o755)
  return made
}

/** Puts a release in its place, without an update. */
export async function installRelease(releases: string, id: string): Promise<void> {
  for (const [path, text] of Object.entries(releaseFiles(id))) {
    const file = join(releases, id, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text, { mode: text.startsWith('#!') ? 0o755 : 0o644 })
  }
}
