import { join } from 'node:path'
import { writePrivately } from '../data-dir.ts'
import type { StartFacts } from '../start-output.ts'

const START_FILE = 'start.json'

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
