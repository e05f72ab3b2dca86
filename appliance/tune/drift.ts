import { blockedRows } from './apply.ts'
import type { Plan, PlanRow } from './plan.ts'
import { comesAfterOurs, OUR_FILE } from './sysctl-files.ts'
import { recommendedText, sameValue, satisfies } from './value.ts'

/** Something that is not as `--apply` leaves it. */
export type Drift = Readonly<{ key: string | undefined; problem: string }>

/**
 * Compares file, kernel and recommendation. Settings that an `--apply --partial` left to the host are no drift.
 */
export function findDrift(plan: Plan): readonly Drift[] {
  const left = plan.originals?.partial === true ? blockedRows(plan.rows) : []
  const looked = plan.rows.filter((row) => !left.includes(row))
  const missing: Drift[] =
    plan.fileText === undefined
      ? [{ key: undefined, problem: `There is no ${OUR_FILE}: nothing is applied.` }]
      : []
  return [...missing, ...looked.flatMap((row) => driftOf(row, plan)), ...strangers(plan)]
}

function driftOf(row: PlanRow, { ours, fileText }: Plan): readonly Drift[] {
  const { setting, current, verdict } = row
  const { key, wanted } = setting
  const file = ours.get(key)
  const recommended = recommendedText(wanted)
  const drift = (problem: string): Drift => ({ key, problem: `${key}: ${problem}` })
  if (current === undefined) {
    return verdict === 'notLoaded' ? [] : [drift('the kernel does not show it here')]
  }
  const kernelIsGood = satisfies(wanted, current)
  const problems: Drift[] = []
  if (file === undefined && fileText !== undefined && row.line !== undefined) {
    problems.push(drift('the file does not set it'))
  }
  if (file !== undefined && !satisfies(wanted, file)) {
    problems.push(drift(`the file says ${shown(file)}, recommended is ${recommended}`))
  }
  if (file !== undefined && !sameValue(wanted, file, current)) {
    problems.push(drift(`the kernel has ${shown(current)}, the file says ${shown(file)}`))
  }
  if (!kernelIsGood) {
    problems.push(drift(`the kernel has ${shown(current)}, recommended is ${recommended}`))
  }
  return [...problems, ...overruled(row, file)]
}

/** A file after ours has the last word at boot. */
function overruled({ setting, elsewhere }: PlanRow, file: string | undefined): readonly Drift[] {
  const { key, wanted } = setting
  if (file === undefined || elsewhere === undefined || !comesAfterOurs(elsewhere.file)) return []
  if (satisfies(wanted, elsewhere.value)) return []
  const problem = `${key}: at the next boot ${elsewhere.file} sets it to ${shown(elsewhere.value)}, after our file`
  return [{ key, problem }]
}

function strangers({ ours, rows }: Plan): readonly Drift[] {
  const known = new Set(rows.map(({ setting }) => setting.key))
  return [...ours.keys()]
    .filter((key) => !known.has(key))
    .map((key) => ({
      key,
      problem: `${key}: the file sets it, and callbox tune did not write that`,
    }))
}

function shown(text: string): string {
  return text === '' ? 'nothing' : text
}
