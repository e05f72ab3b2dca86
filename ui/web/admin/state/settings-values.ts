import type { Setting, SettingValue } from '#api'

/** Writes a value as its field shows it: lists one a line, maps `name: value` a line. */
export function textOf(value: SettingValue | undefined): string {
  if (value === undefined) return ''
  if (Array.isArray(value)) return value.map(String).join('\n')
  if (typeof value !== 'object') return String(value)
  return Object.entries(value)
    .map(([name, inner]) => `${name}: ${String(inner)}`)
    .join('\n')
}

/**
 * Reads what was typed as the option's kind. What does not fit stays a text, which the server refuses with the words of the
 * manual.
 */
export function parseTyped(kind: Setting['kind'], typed: string): SettingValue {
  const text = typed.trim()
  switch (kind) {
    case 'number':
      return /^-?\d{1,15}(\.\d+)?$/.test(text) ? Number(text) : text
    case 'flag':
      return text === 'true' ? true : text === 'false' ? false : text
    case 'list':
      return linesOf(text)
    case 'map':
      return mapOf(linesOf(text)) ?? text
    case 'text':
      return text
  }
}

/** What makes a secret of this kind as if it were not set. */
export function emptyOf(kind: Setting['kind']): SettingValue {
  if (kind === 'list') return []
  return kind === 'map' ? {} : ''
}

/** Whether two values are the same. */
export function isSame(one: SettingValue | undefined, other: SettingValue | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/** `undefined` when a line is no `name: value`. */
function mapOf(lines: readonly string[]): Readonly<Record<string, string>> | undefined {
  const entries = lines.map((line) => /^([^:\s]+)\s*:\s*(\S.*)$/.exec(line))
  if (entries.some((entry) => entry === null)) return undefined
  return Object.fromEntries(entries.map((entry) => [entry?.[1] ?? '', entry?.[2] ?? '']))
}
