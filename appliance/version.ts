import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const packageSchema = z.object({ version: z.string() })

/** The versions that matter to support: ours, Node's and mediasoup's. */
export type Versions = Readonly<{ callbox: string; node: string; mediasoup: string }>

/** Reads the versions from the installed packages. */
export function readVersions(): Versions {
  const root = join(import.meta.dirname, '..')
  return {
    callbox: packageVersion(root),
    node: process.versions.node,
    mediasoup: packageVersion(join(root, 'node_modules/mediasoup')),
  }
}

function packageVersion(folder: string): string {
  return packageSchema.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))).version
}
