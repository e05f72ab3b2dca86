import type { AlertStatus } from '#api'

/** One alert in a message. */
export type AlertNotice = Readonly<
  Pick<AlertStatus, 'id' | 'title' | 'severity' | 'condition' | 'value' | 'text' | 'fix'> & {
    change: 'firing' | 'resolved'
    sinceMs: number
  }
>

/** What a channel takes at once: every alert that changed within a moment, or a test. */
export type AlertMessage = Readonly<{
  kind: 'alerts' | 'test'
  /** What this server calls itself to others. */
  server: string
  /** The alerts page. */
  url: string
  atMs: number
  notices: readonly AlertNotice[]
}>

/** What a test says. */
export const TEST_TEXT = 'This is a test: alerts of this server arrive here.'

/** The one line that says what a message is about. */
export function headlineOf({ kind, server, notices }: AlertMessage): string {
  if (kind === 'test') return `Test from ${server}`
  const firing = notices.filter(({ change }) => change === 'firing')
  const resolved = notices.filter(({ change }) => change === 'resolved')
  const [one] = notices
  if (one !== undefined && notices.length === 1) {
    return one.change === 'firing'
      ? `${one.title} on ${server}`
      : `Resolved: ${one.title} on ${server}`
  }
  const parts = [
    ...(firing.length > 0 ? [`${firing.length} ${firing.length === 1 ? 'alert' : 'alerts'}`] : []),
    ...(resolved.length > 0 ? [`${resolved.length} resolved`] : []),
  ]
  return `${parts.join(', ')} on ${server}`
}

/** One alert as plain text lines. */
export function noticeLines({ change, title, severity, value, text, fix }: AlertNotice): string[] {
  return change === 'firing'
    ? [`${severity === 'critical' ? 'CRITICAL' : 'Warning'}: ${title} (${value})`, text, fix]
    : [`Resolved: ${title} (${value})`]
}
