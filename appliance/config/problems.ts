import { inspect } from 'node:util'
import { ApplianceError } from '../errors.ts'
import { nearestName } from './nearest-name.ts'
import { groups, isRecord, type Option, options, optionsByPath, valueAt } from './options.ts'

/** One thing wrong with the configuration: which key, what was given, why it is refused, what to do. */
export type Problem = Readonly<{
  key: string
  /** As text; `(hidden)` for a secret, `undefined` when no value is to blame. */
  value: string | undefined
  reason: string
  fix: string
}>

/** Says where the value of an option came from, in words. */
export type Locate = (path: string) => string

/** The refusal of a configuration: every problem at once, so that one round of repair is enough. */
export class ConfigError extends ApplianceError {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[], source: string) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
    const list = problems.map((problem) => `  - ${describeProblem(problem)}`)
    super(
      'CONFIG_INVALID',
      [`The configuration (${source}) has ${count}:`, ...list].join('\n'),
      'Correct these and start again; `callbox config check` tells whether all is well.',
    )
    this.problems = problems
  }
}

/** Writes a problem as one sentence or two. */
function describeProblem({ key, value, reason, fix }: Problem): string {
  return `${key}${value === undefined ? '' : ` = ${value}`}: ${reason}. ${fix}`
}

/** Writes a given value the way a message may show it. */
export function showValue(path: string, value: unknown): string {
  if (optionsByPath.get(path)?.text.secret === true) return '(hidden)'
  const text = inspect(value, { depth: 2, breakLength: Number.POSITIVE_INFINITY })
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

/** Refuses the value of an option. */
export function refusal(option: Option, value: unknown, where: string): Problem {
  return {
    key: option.path,
    value: showValue(option.path, value),
    reason: `it takes ${option.text.accepts}`,
    fix: `Change it ${where}`,
  }
}

/** Refuses a key nobody knows, naming the one that was probably meant. */
function unknownKey(path: string, where: string): Problem {
  const near = nearestName(path, [...optionsByPath.keys(), ...groups])
  return {
    key: path.length > 120 ? `${path.slice(0, 117)}...` : path,
    value: undefined,
    reason: 'there is no such option',
    fix:
      near === undefined
        ? `Remove it ${where}; docs/CONFIG.md lists every option`
        : `Did you mean ${near}? Change it ${where}`,
  }
}

/** Lists the keys of the given values that no option has. */
export function findUnknownKeys(given: unknown, locate: Locate, path = ''): Problem[] {
  if (!isRecord(given)) return []
  return Object.entries(given).flatMap(([key, value]) => {
    const inner = path === '' ? key : `${path}.${key}`
    if (optionsByPath.has(inner)) return []
    if (groups.has(inner)) return findUnknownKeys(value, locate, inner)
    return [unknownKey(inner, locate(inner))]
  })
}

/** Lists the options that are set to something this version cannot do. */
export function findNotYet(given: unknown, defaults: unknown, locate: Locate): Problem[] {
  return options.flatMap((option) => {
    const value = valueAt(given, option.keys)
    const feature = option.text.notYet
    if (feature === undefined || asksForNothing(value, valueAt(defaults, option.keys))) return []
    return [
      {
        key: option.path,
        value: showValue(option.path, value),
        reason: `${feature}: not in this version`,
        fix: `Remove it ${locate(option.path)}`,
      },
    ]
  })
}

function asksForNothing(value: unknown, byDefault: unknown): boolean {
  return !value || value === byDefault || (Array.isArray(value) && value.length === 0)
}
