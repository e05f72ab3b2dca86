import { z } from 'zod'
import { type OptionText, optionTexts } from './option.ts'
import { configSchema } from './schema.ts'

/** One option: its dotted path (`turn.port`) and what people are told about it. */
export type Option = Readonly<{
  path: string
  keys: readonly string[]
  variable: string
  text: OptionText
}>

/** The prefix of every environment variable that sets an option. */
export const VARIABLE_PREFIX = 'CALLBOX_'

/** Every option in the order of the schema. */
export const options: readonly Option[] = collect(configSchema, [])

/** The options by path, and the names of the groups that hold them (`web.tls`). */
export const optionsByPath: ReadonlyMap<string, Option> = new Map(
  options.map((option) => [option.path, option]),
)

/** The dotted names of the groups that hold options (`web`, `web.tls` ...). */
export const groups: ReadonlySet<string> = new Set(
  options.flatMap(({ keys }) =>
    keys.slice(1).map((_, index) => keys.slice(0, index + 1).join('.')),
  ),
)

/** Reads the value at a path of dotted keys; `undefined` where the path ends early. */
export function valueAt(root: unknown, keys: readonly string[]): unknown {
  let value = root
  for (const key of keys) {
    if (!isRecord(value) || !Object.hasOwn(value, key)) return undefined
    value = value[key]
  }
  return value
}

/** Whether a value is a map of names, as opposed to a list, a text, a number or nothing. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function collect(schema: z.ZodType, keys: readonly string[]): Option[] {
  const text = optionTexts.get(schema)
  if (text !== undefined) {
    const variable = VARIABLE_PREFIX + keys.join('__').toUpperCase()
    return [{ path: keys.join('.'), keys, variable, text }]
  }
  const inner = schema instanceof z.ZodPrefault ? schema.unwrap() : schema
  if (!(inner instanceof z.ZodObject)) throw new Error(`${keys.join('.')} has no text`)
  return Object.entries(inner.shape).flatMap(([key, child]) =>
    collect(child as z.ZodType, [...keys, key]),
  )
}
