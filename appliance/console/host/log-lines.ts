import { redactFields, redactText } from '../../telemetry/redact.ts'

/** Fields that every line has, or that the line begins with. */
const COMMON = new Set(['level', 'time', 'msg'])

/**
 * Writes lines of the log for the screen: `12:30:00 warn message name=value`. Secrets are taken out,
 * also those that a start tells on purpose: whoever sees the console may read none.
 */
export function logLines(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((row) => row.trim() !== '')
    .map(logLine)
}

function logLine(row: string): string {
  const fields = parseFields(row)
  if (fields === undefined) return redactText(row)
  const { level, time, msg } = fields
  const clock = /T(\d\d:\d\d:\d\d)/.exec(String(time))?.[1] ?? ''
  const rest = Object.entries(redactFields(fields, { hideAddresses: true }))
    .filter(([name]) => !COMMON.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return [clock, String(level), redactText(String(msg)), ...rest].join(' ')
}

function parseFields(row: string): Record<string, unknown> | undefined {
  if (!row.startsWith('{')) return undefined
  try {
    const parsed: unknown = JSON.parse(row)
    if (typeof parsed === 'object' && parsed !== null) return { ...parsed }
  } catch {
    return undefined
  }
  return undefined
}
