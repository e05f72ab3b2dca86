import { parse } from 'yaml'
import { nearestName } from './nearest-name.ts'
import { isRecord, type Option, options, VARIABLE_PREFIX } from './options.ts'
import type { Problem } from './problems.ts'

/** Variables with the prefix that are not options of the file. */
const OTHER_VARIABLES: ReadonlySet<string> = new Set(['CALLBOX_CONFIG', 'CALLBOX_DATA_DIR'])

const byVariable: ReadonlyMap<string, Option> = new Map(
  options.map((option) => [option.variable, option]),
)

/** The options that the environment sets (an empty variable sets nothing), and unknown variables. */
export function readEnvironment(environment: NodeJS.ProcessEnv): {
  values: ReadonlyMap<Option, unknown>
  problems: Problem[]
} {
  const values = new Map<Option, unknown>()
  const problems: Problem[] = []
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith(VARIABLE_PREFIX) || OTHER_VARIABLES.has(name)) continue
    const option = byVariable.get(name)
    if (option === undefined) problems.push(unknownVariable(name))
    else if (text !== undefined && text.trim() !== '') values.set(option, fromText(option, text))
  }
  return { values, problems }
}

/**
 * Returns the given values with those of the environment laid over them. A group that the file
 * wrongly gives as a text or a list is left alone for the schema to refuse.
 */
export function overlay(given: unknown, values: ReadonlyMap<Option, unknown>): unknown {
  if (values.size === 0) return given
  if (given !== undefined && given !== null && !isRecord(given)) return given
  const root: Record<string, unknown> = { ...given }
  for (const [option, value] of values) place(root, option.keys, value)
  return root
}

function place(root: Record<string, unknown>, keys: readonly string[], value: unknown): void {
  const [key, ...rest] = keys
  if (key === undefined) return
  if (rest.length === 0) {
    root[key] = value
    return
  }
  const inner = root[key]
  if (inner !== undefined && inner !== null && !isRecord(inner)) return
  const group: Record<string, unknown> = { ...inner }
  root[key] = group
  place(group, rest, value)
}

/** Turns a variable's text into the option's kind; what does not fit stays text and is refused later. */
function fromText(option: Option, text: string): unknown {
  const bare = text.trim()
  switch (option.text.kind) {
    case 'number':
      return /^-?\d+(\.\d+)?$/.test(bare) ? Number(bare) : bare
    case 'flag':
      return bare === 'true' ? true : bare === 'false' ? false : bare
    case 'list':
      return bare.startsWith('[') ? fromYaml(bare) : bare.split(',').map((part) => part.trim())
    case 'map':
      return fromYaml(bare)
    case 'text':
      return bare
  }
}

/** A text that is no YAML stays the text, which no list or map option accepts. */
function fromYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 })
  } catch {
    return text
  }
}

function unknownVariable(name: string): Problem {
  const near = nearestName(name, byVariable.keys())
  return {
    key: name,
    value: undefined,
    reason: 'no option has this environment variable',
    fix:
      near === undefined ? 'Unset it; docs/CONFIG.md lists every option' : `Did you mean ${near}?`,
  }
}
