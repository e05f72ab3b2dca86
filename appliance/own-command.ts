import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** What people type to run a command of ours: a release is installed with one, a checkout goes by npm. */
export const OWN_COMMAND: string = existsSync(join(import.meta.dirname, '../release.json'))
  ? 'callbox'
  : 'npx callbox'
