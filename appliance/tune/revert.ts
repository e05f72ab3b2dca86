import { ApplianceError, messageOf } from '../errors.ts'
import { needsRoot } from './apply.ts'
import { type Machine, reachOf, readSetting, writeSetting } from './machine.ts'
import { type Originals, readOriginals, removeOriginals } from './originals.ts'
import type { Setting } from './settings.ts'
import {
  isOurs,
  OUR_FILE,
  parseAssignments,
  readOurFile,
  removeFile,
  writeWhole,
} from './sysctl-files.ts'
import { isPlausible } from './value.ts'

/** What was done. `nothing`: there was nothing to take back. */
export type Reverted = Readonly<{
  nothing: boolean
  /** Keys that have their value of before. */
  restored: readonly string[]
  /** Keys whose module has gone since: there is nothing to restore. */
  gone: readonly string[]
  /** Keys that our file set, and of which nobody knows what was before: they stay until the next boot. */
  unknown: readonly string[]
}>

/** Gives the kernel what it had before, and removes file and memory of it. Throws TUNE_NEEDS_ROOT or TUNE_FAILED. */
export async function revertSettings(
  machine: Machine,
  settings: readonly Setting[],
): Promise<Reverted> {
  if (!machine.isRoot) throw needsRoot('--revert')
  const originals = await readOriginals(machine)
  const fileText = await readOurFile(machine)
  const hasFile = fileText !== undefined && isOurs(fileText)
  if (originals === undefined && !hasFile) {
    return { nothing: true, restored: [], gone: [], unknown: [] }
  }
  const before = knownOf(originals, settings)
  const restored: string[] = []
  const gone: string[] = []
  for (const [key, value] of before) {
    const isThere = (await reachOf(machine, key)) !== 'absent'
    if (isThere) await restore(machine, key, value)
    ;(isThere ? restored : gone).push(key)
  }
  if (originals?.fileBefore !== undefined) await writeWhole(machine, OUR_FILE, originals.fileBefore)
  else if (hasFile) await removeFile(machine, OUR_FILE)
  await removeOriginals(machine)
  const set = parseAssignments(hasFile ? fileText : '')
  const unknown = [...set.keys()].filter((key) => !before.has(key))
  return { nothing: false, restored, gone, unknown }
}

/** Only settings of ours, only values that the kernel could have given. */
function knownOf(
  originals: Originals | undefined,
  settings: readonly Setting[],
): ReadonlyMap<string, string> {
  const known = new Map<string, string>()
  for (const { key, wanted } of settings) {
    const value = originals?.before[key]
    if (value !== undefined && isPlausible(wanted, value)) known.set(key, value)
  }
  return known
}

async function restore(machine: Machine, key: string, value: string): Promise<void> {
  try {
    if ((await readSetting(machine, key)) === value) return
    await writeSetting(machine, key, value)
  } catch (error) {
    throw new ApplianceError(
      'TUNE_FAILED',
      `${key} cannot be set back to ${value === '' ? 'nothing' : value}: ${messageOf(error)}.`,
      'Mend what is in the way and run it again: file and memory of what was before are still there.',
      error,
    )
  }
}
