import type { SettingChange } from '#api'
import { options, valueAt } from '../config/options.ts'
import type { Config } from '../config/schema.ts'
import { isLive } from '../reload.ts'

const MAX_TEXT = 400

/** Lists the options that differ, before and after as text. */
export function settingChanges(before: Config, after: Config): readonly SettingChange[] {
  return options.flatMap((option) => {
    const [was, is] = [valueAt(before, option.keys), valueAt(after, option.keys)]
    if (JSON.stringify(was) === JSON.stringify(is)) return []
    const change = { path: option.path, live: isLive(option.path) }
    if (option.text.secret !== true) return [{ ...change, before: text(was), after: text(is) }]
    const both = isSet(was) && isSet(is)
    return [{ ...change, before: secretText(was), after: both ? 'another one' : secretText(is) }]
  })
}

/** Whether a secret has a value that counts. */
export function isSet(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  return value !== '' && value !== undefined
}

function secretText(value: unknown): string {
  return isSet(value) ? 'set' : 'not set'
}

function text(value: unknown): string {
  const whole = Array.isArray(value) ? value.join(', ') : plain(value)
  if (whole === '') return 'empty'
  return whole.length > MAX_TEXT ? `${whole.slice(0, MAX_TEXT - 1)}…` : whole
}

function plain(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
}

/** The options of these paths that a restart has to take up. */
export function thoseThatWait(changes: readonly SettingChange[]): readonly string[] {
  return changes.filter(({ live }) => !live).map(({ path }) => path)
}
