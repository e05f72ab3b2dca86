import { type Machine, type Reach, reachOf, readSetting } from './machine.ts'
import { type Originals, readOriginals } from './originals.ts'
import { type PortSet, parsePortSet, portCount, without } from './port-set.ts'
import { FEWEST_FREE_PORTS, FREE_PORT_RANGE, type Setting } from './settings.ts'
import {
  type Assigned,
  type Assignments,
  isOurs,
  otherAssignments,
  parseAssignments,
  readOurFile,
} from './sysctl-files.ts'
import { isBeyond, satisfies, targetText } from './value.ts'

/**
 * `ok` as recommended · `kept` beyond it, and so left as it is · `change` to be applied · `unreachable` not good
 * enough, and not to be changed from here · `hidden` not shown in this network namespace · `notLoaded` belongs to a
 * module that is not there, which is well · `unsafe` to apply would leave other programs without ports.
 */
export type Verdict = 'ok' | 'kept' | 'change' | 'unreachable' | 'hidden' | 'notLoaded' | 'unsafe'

/** One setting on this machine. */
export type PlanRow = Readonly<{
  setting: Setting
  verdict: Verdict
  reach: Reach
  /** The kernel's value; `undefined` where it shows none. */
  current: string | undefined
  /** What the kernel has after `--apply`. */
  effective: string | undefined
  /** What our file is to say; `undefined` where it is to leave the setting alone. */
  line: string | undefined
  /** What another file sets it to at boot. */
  elsewhere: Assigned | undefined
}>

/** What is, what was, and what is to be. */
export type Plan = Readonly<{
  rows: readonly PlanRow[]
  /** Our file's text, whoever wrote it. */
  fileText: string | undefined
  /** What that file sets. */
  ours: Assignments
  originals: Originals | undefined
}>

/** Reads the machine and decides about each setting; changes nothing. Throws TUNE_STATE_UNREADABLE. */
export async function makePlan(machine: Machine, settings: readonly Setting[]): Promise<Plan> {
  const fileText = await readOurFile(machine)
  const ours = parseAssignments(fileText ?? '')
  const originals = await readOriginals(machine)
  const others = await otherAssignments(machine)
  const freeRange = await readFreeRange(machine)
  const rows: PlanRow[] = []
  for (const setting of settings) {
    const { key } = setting
    const current = await readSetting(machine, key)
    const reach = await reachOf(machine, key)
    const before = originals?.before[key]
    const owned = before !== undefined || (isOurs(fileText ?? '') && ours.has(key))
    const elsewhere = others.get(key)
    const facts = { setting, current, reach, elsewhere, freeRange, owned }
    rows.push(planRow(facts, { ours: ours.get(key), before }))
  }
  return { rows, fileText, ours, originals }
}

/** Lists what the file says that is written for a machine that is not running yet, by key. */
export function linesForNextBoot(rows: readonly PlanRow[]): readonly PlanRow[] {
  return rows
    .filter(({ setting }) => setting.sizedByMachine !== true)
    .map((row) => {
      const known = { current: row.elsewhere?.value ?? '', ours: undefined, before: undefined }
      return { ...row, line: targetText(row.setting.wanted, known) }
    })
}

type Facts = Pick<PlanRow, 'setting' | 'current' | 'reach' | 'elsewhere'> &
  Readonly<{ freeRange: PortSet; owned: boolean }>

type History = Readonly<{ ours: string | undefined; before: string | undefined }>

function planRow(facts: Facts, history: History): PlanRow {
  const { setting, current, reach, elsewhere } = facts
  const row = { setting, current, reach, elsewhere, line: undefined }
  if (current === undefined) {
    const verdict = setting.moduleOnly === true ? 'notLoaded' : 'hidden'
    return { ...row, verdict, effective: undefined }
  }
  const target = targetText(setting.wanted, { current, ...history })
  const verdict = judge(facts, current, target)
  const changes = verdict === 'change' || verdict === 'ok' || verdict === 'kept'
  const effective = changes ? target : current
  const canWrite = reach === 'settable' || reach === 'needsRoot'
  const line = changes && canWrite && isForOurFile(facts, verdict) ? target : undefined
  return { ...row, verdict, effective, line }
}

function judge({ setting, reach, freeRange }: Facts, current: string, target: string): Verdict {
  const { wanted } = setting
  const canChange = reach === 'settable' || reach === 'needsRoot'
  if (!satisfies(wanted, current) && !canChange) return 'unreachable'
  if (wanted.rule === 'reserves' && leavesTooFew(freeRange, target)) return 'unsafe'
  if (target !== current) return canChange ? 'change' : 'ok'
  return isBeyond(wanted, current) ? 'kept' : 'ok'
}

function leavesTooFew(freeRange: PortSet, reserved: string): boolean {
  return portCount(without(freeRange, parsePortSet(reserved) ?? [])) < FEWEST_FREE_PORTS
}

/** What is good without us stays others' affair: sized by the machine, or raised by another file. */
function isForOurFile({ setting, elsewhere, owned }: Facts, verdict: Verdict): boolean {
  if (owned || verdict === 'change') return true
  if (setting.sizedByMachine === true) return false
  const raisedElsewhere = elsewhere !== undefined && satisfies(setting.wanted, elsewhere.value)
  return verdict === 'ok' || !raisedElsewhere
}

/** The range that programs are given ports from; where the kernel does not tell, nothing is unsafe. */
async function readFreeRange(machine: Machine): Promise<PortSet> {
  const text = (await readSetting(machine, FREE_PORT_RANGE)) ?? '0 65535'
  const [from = 0, to = 0] = text.split(' ').map(Number)
  return [{ from, to }]
}
