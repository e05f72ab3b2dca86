import { ApplianceError, messageOf } from '../errors.ts'
import { OWN_COMMAND } from '../own-command.ts'
import { type Machine, readSetting, writeSetting } from './machine.ts'
import { type Originals, removeOriginals, writeOriginals } from './originals.ts'
import { linesForNextBoot, makePlan, type Plan, type PlanRow } from './plan.ts'
import { explainBlocked } from './refusal.ts'
import type { Setting } from './settings.ts'
import { formatFile, isOurs, OUR_FILE, removeFile, writeWhole } from './sysctl-files.ts'
import { sameValue } from './value.ts'

/** `partial` sets what can be set from here; `nextBoot` writes the file and leaves the kernel alone. */
export type ApplyOptions = Readonly<{ partial: boolean; nextBoot: boolean }>

/** What was done: the keys the kernel was given another value for, and those left to the host. */
export type Applied = Readonly<{ changed: readonly string[]; left: readonly PlanRow[] }>

/**
 * Writes the file and gives the kernel its values; either all of it holds afterwards or nothing is changed. What was
 * before is kept once, whatever is applied later. Throws TUNE_NEEDS_ROOT, TUNE_NOT_POSSIBLE or TUNE_FAILED.
 */
export async function applySettings(
  machine: Machine,
  settings: readonly Setting[],
  { partial, nextBoot }: ApplyOptions,
): Promise<Applied> {
  if (!machine.isRoot) throw needsRoot('--apply')
  const plan = await makePlan(machine, settings)
  const rows = nextBoot ? linesForNextBoot(plan.rows) : plan.rows
  const left = nextBoot ? [] : blockedRows(plan.rows)
  const lines = rows.flatMap(({ setting, line }) =>
    line === undefined
      ? []
      : [{ key: setting.key, value: line, mayBeMissing: setting.moduleOnly === true }],
  )
  if (left.length > 0 && (!partial || lines.length === 0)) throw explainBlocked(left)
  const originals = { ...originalsOf(plan, nextBoot ? [] : rows), partial: left.length > 0 }
  const changes = nextBoot ? [] : rows.filter(({ verdict }) => verdict === 'change')
  const isFirst = plan.originals === undefined
  try {
    await writeOriginals(machine, originals)
    await writeWhole(machine, OUR_FILE, formatFile(lines))
    for (const row of changes) await set(machine, row)
  } catch (error) {
    await putBack(machine, plan, { changes, isFirst })
    throw new ApplianceError(
      'TUNE_FAILED',
      `The kernel settings could not be applied, and are as they were: ${messageOf(error)}.`,
      'See whether another program guards them (a security module, a configuration service).',
      error,
    )
  }
  return { changed: changes.map(({ setting }) => setting.key), left }
}

/** The settings that are not good enough and cannot be changed. */
export function blockedRows(rows: readonly PlanRow[]): readonly PlanRow[] {
  return rows.filter(({ verdict }) => ['unreachable', 'hidden', 'unsafe'].includes(verdict))
}

/** The refusal for who is not root. */
export function needsRoot(option: string): ApplianceError {
  return new ApplianceError(
    'TUNE_NEEDS_ROOT',
    'Kernel settings are changed by root alone.',
    `Run it as root: sudo ${OWN_COMMAND} tune ${option}.`,
  )
}

/** Keeps what is known already; a value that our own file gave the kernel is no original. */
function originalsOf(
  { originals, fileText, ours }: Plan,
  rows: readonly PlanRow[],
): Pick<Originals, 'before' | 'fileBefore'> {
  const known = originals?.before ?? {}
  const added = rows.flatMap(({ setting: { key, wanted }, current, line }) => {
    if (line === undefined || current === undefined || key in known) return []
    const given = ours.get(key)
    return given !== undefined && sameValue(wanted, given, current) ? [] : [[key, current]]
  })
  const before = { ...known, ...Object.fromEntries(added) }
  if (originals !== undefined) return { ...originals, before }
  return fileText === undefined || isOurs(fileText) ? { before } : { before, fileBefore: fileText }
}

/** The kernel may cut a value without a word, so it is read back. */
async function set(machine: Machine, { setting, effective = '' }: PlanRow): Promise<void> {
  const { key, wanted } = setting
  await writeSetting(machine, key, effective)
  const taken = (await readSetting(machine, key)) ?? ''
  if (!sameValue(wanted, taken, effective)) {
    throw new Error(`${key} was set to ${effective} and is ${taken === '' ? 'empty' : taken}`)
  }
}

async function putBack(
  machine: Machine,
  { originals, fileText }: Plan,
  { changes, isFirst }: Readonly<{ changes: readonly PlanRow[]; isFirst: boolean }>,
): Promise<void> {
  for (const { setting, current = '' } of changes) {
    if ((await readSetting(machine, setting.key)) !== current) {
      await writeSetting(machine, setting.key, current)
    }
  }
  if (fileText === undefined) await removeFile(machine, OUR_FILE)
  else await writeWhole(machine, OUR_FILE, fileText)
  if (isFirst) await removeOriginals(machine)
  else if (originals !== undefined) await writeOriginals(machine, originals)
}
