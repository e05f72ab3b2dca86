import { findConflicts } from './cross-checks.ts'
import { defaults } from './defaults.ts'
import { groups, isRecord, options, optionsByPath, valueAt } from './options.ts'
import {
  findNotYet,
  findUnknownKeys,
  type Locate,
  type Problem,
  refusal,
  showValue,
} from './problems.ts'
import { type Config, configSchema } from './schema.ts'

/** What checking came to: every problem, and the configuration where the types are right. */
export type Checked = Readonly<{ config: Config | undefined; problems: readonly Problem[] }>

/** Makes every check that a configuration has to pass. */
export function checkConfig(given: unknown, locate: Locate): Checked {
  const problems = findUnknownKeys(given, locate)
  const cleaned = given === undefined || given === null ? {} : withoutNulls(given)
  const parsed = configSchema.safeParse(cleaned)
  if (!parsed.success) {
    const paths = new Set(parsed.error.issues.map((issue) => optionOrGroup(issue.path)))
    problems.push(...[...paths].map((path) => wrongType(path, cleaned, locate)))
    return { config: undefined, problems }
  }
  problems.push(...findNotYet(parsed.data, defaults, locate))
  problems.push(...findConflicts(parsed.data, locate))
  return { config: parsed.data, problems }
}

function optionOrGroup(path: readonly PropertyKey[]): string {
  const keys = path.map(String)
  for (let length = keys.length; length > 0; length -= 1) {
    const name = keys.slice(0, length).join('.')
    if (optionsByPath.has(name) || groups.has(name)) return name
  }
  return ''
}

function wrongType(path: string, given: unknown, locate: Locate): Problem {
  const option = optionsByPath.get(path)
  if (option !== undefined) return refusal(option, valueAt(given, option.keys), locate(path))
  const value = path === '' ? given : valueAt(given, path.split('.'))
  return {
    key: path === '' ? '(the whole file)' : path,
    value: showValue(path, value),
    reason: 'it holds other options, one `name: value` on a line',
    fix: `Change it ${locate(path)}`,
  }
}

/** A name without a value (`realm:`) means the default. */
function withoutNulls(given: unknown): unknown {
  const names = [...groups, ...options.map(({ path }) => path)]
  for (const name of names) {
    const keys = name.split('.')
    const parent = valueAt(given, keys.slice(0, -1))
    const key = keys.at(-1) ?? ''
    if (isRecord(parent) && parent[key] === null) delete parent[key]
  }
  return given
}
