import { styleText } from 'node:util'
import { OWN_COMMAND } from '../own-command.ts'
import { blockedRows } from '../tune/apply.ts'
import type { PlanRow, Verdict } from '../tune/plan.ts'
import { explainBlocked } from '../tune/refusal.ts'
import { recommendedText } from '../tune/value.ts'
import type { Warning } from '../warning.ts'

const WORDS: Readonly<Record<Verdict, string>> = {
  ok: 'ok',
  kept: 'kept: better already',
  change: 'to be applied',
  unreachable: 'cannot be set from here',
  hidden: 'hidden here; see the host',
  notLoaded: 'not loaded, not needed',
  unsafe: 'would leave others no ports',
}

const COLOURS = {
  ok: 'green',
  kept: 'green',
  change: 'yellow',
  unreachable: 'red',
  hidden: 'red',
  notLoaded: 'gray',
  unsafe: 'red',
} as const

/** One row for programs: `effective` is what the kernel has after `--apply`. */
export function rowFacts({ setting, verdict, current, effective, elsewhere }: PlanRow): object {
  return {
    key: setting.key,
    current,
    recommended: recommendedText(setting.wanted),
    effective,
    verdict,
    why: setting.why,
    elsewhere,
  }
}

/** Writes the rows for people: three lines a setting, because lists of ports fit no column. */
export function tuneTable(
  rows: readonly PlanRow[],
  notes: readonly Warning[],
  { colour, isRoot }: Readonly<{ colour: boolean; isRoot: boolean }>,
): string {
  const paint = (verdict: Verdict, text: string) =>
    colour ? styleText(COLOURS[verdict], text, { validateStream: false }) : text
  const settings = rows.flatMap(({ setting, verdict, current, effective }) => [
    `${setting.key}: ${paint(verdict, WORDS[verdict])}`,
    `  now ${shown(current)} · recommended ${recommendedText(setting.wanted)} · with --apply ${shown(effective)}`,
    `  ${setting.why}`,
  ])
  const also = notes.flatMap(({ message, fix }) => [`! ${message}`, `  ${fix}`])
  return `${[...settings, '', ...also, ...advice(rows, isRoot)].join('\n')}\n`
}

function advice(rows: readonly PlanRow[], isRoot: boolean): readonly string[] {
  const blocked = blockedRows(rows)
  if (blocked.length > 0) {
    const { message, fix } = explainBlocked(blocked)
    return [`--apply would refuse. ${message}`, fix]
  }
  const toChange = rows.filter(({ verdict }) => verdict === 'change').length
  if (toChange === 0) return ['Nothing is to be applied.']
  const command = `${OWN_COMMAND} tune --apply`
  const how = isRoot ? command : `as root: sudo ${command}`
  return [`${toChange} to be applied, ${how}; back again with --revert.`]
}

function shown(value: string | undefined): string {
  if (value === undefined) return '-'
  return value === '' ? 'nothing' : value
}
