import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { writePrivately } from '../data-dir.ts'
import { systemErrorCode } from '../errors.ts'
import type { StartFacts } from '../start-output.ts'

const START_FILE = 'start.json'

/** Many times what a start writes. */
const MAX_BYTES = 64 * 1024

/** Facts of a start that other programs of this machine show, such as its console. */
export type StartFile = Readonly<
  Pick<StartFacts, 'version' | 'publicOrigin' | 'localOrigin' | 'warnings'> & {
    /** There while no admin password is set. */
    setupLink?: string
  }
>

/** Where the service manager lets the facts be: the first of `RUNTIME_DIRECTORY` (systemd.exec(5)). */
export function startFilePath(env: NodeJS.ProcessEnv): string | undefined {
  const [folder] = (env['RUNTIME_DIRECTORY'] ?? '').split(':')
  return folder ? join(folder, START_FILE) : undefined
}

/** Writes the facts for their owner alone, whole or not at all. */
export async function writeStartFile(path: string, facts: StartFacts): Promise<void> {
  const { version, publicOrigin, localOrigin, setupLink, warnings } = facts
  const shown: StartFile = {
    version,
    publicOrigin,
    localOrigin,
    ...(setupLink === undefined ? {} : { setupLink }),
    warnings,
  }
  await writePrivately(path, `${JSON.stringify(shown, null, 2)}\n`)
}

/**
 * Reads what a start left in a folder; `undefined` where nothing is that a start writes. The folder is the service's own,
 * and root reads there: a link could lead it to a file of somebody else, a pipe have it wait, and a device fill its memory.
 */
export async function readStartText(folder: string): Promise<string | undefined> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
  try {
    const handle = await open(join(folder, START_FILE), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    try {
      if (!(await handle.stat()).isFile()) return undefined
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_BYTES + 1))
      return bytesRead > MAX_BYTES ? undefined : buffer.toString('utf8', 0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes(systemErrorCode(error) ?? '')) {
      return undefined
    }
    throw error
  }
}
