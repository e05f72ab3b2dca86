import type { AlertDetails, AlertEvent, AlertStatus } from '#api'
import { formatCount, formatDateTime, formatDuration } from './format.ts'

/** How a state looks and what it is called. */
export type StateWords = Readonly<{ tone: '' | 'ok' | 'warn' | 'bad'; text: string }>

/** Says how an alert stands. */
export function stateWords({ state, severity, silencedUntilMs }: AlertStatus): StateWords {
  switch (state) {
    case 'firing':
      if (silencedUntilMs !== undefined) return { tone: '', text: 'Silenced' }
      return severity === 'critical'
        ? { tone: 'bad', text: 'Critical' }
        : { tone: 'warn', text: 'Warning' }
    case 'pending':
      return { tone: '', text: 'Soon' }
    case 'ok':
      return { tone: 'ok', text: 'Fine' }
    case 'unknown':
      return { tone: '', text: 'No data' }
  }
}

/** `for 2 min`; the clocks of server and reader need not agree. */
export function sinceWords({ sinceMs }: AlertStatus, nowMs: number): string {
  return `for ${formatDuration((nowMs - sinceMs) / 1000)}`
}

/** Until when nothing is said of an alert. */
export function silenceWords(untilMs: number): string {
  return `Silent until ${formatDateTime(untilMs)}`
}

const RANK: Readonly<Record<AlertStatus['state'], number>> = {
  firing: 0,
  pending: 1,
  ok: 2,
  unknown: 3,
}

/** What fires comes first, the critical and then the latest before the others; the rest as it is. */
export function sortRules(rules: readonly AlertStatus[]): readonly AlertStatus[] {
  const rank = ({ state, severity, silencedUntilMs }: AlertStatus) =>
    RANK[state] * 4 + (silencedUntilMs === undefined ? 0 : 2) + (severity === 'critical' ? 0 : 1)
  return rules.toSorted(
    (a, b) => rank(a) - rank(b) || (a.state === 'firing' ? b.sinceMs - a.sinceMs : 0),
  )
}

/** The line on top of the page. */
export function summaryOf({ rules }: AlertDetails): StateWords {
  const firing = rules.filter((rule) => rule.state === 'firing')
  const told = firing.filter((rule) => rule.silencedUntilMs === undefined)
  const silenced = firing.length - told.length
  const beside = silenced === 0 ? '' : `, ${formatCount(silenced, 'more is', 'more are')} silenced`
  if (told.length === 0) {
    return { tone: 'ok', text: `Nothing fires${beside && ` but what is silenced (${silenced})`}.` }
  }
  const isCritical = told.some((rule) => rule.severity === 'critical')
  const text = `${formatCount(told.length, 'alert fires', 'alerts fire')}${beside}.`
  return { tone: isCritical ? 'bad' : 'warn', text }
}

/** Who was told of a change, and who could not be. */
export function deliveryWords({ sentTo, failed }: AlertEvent): string {
  if (sentTo.length === 0 && failed.length === 0) return 'nobody was told'
  const told = sentTo.length === 0 ? [] : [`told by ${sentTo.join(', ')}`]
  const not = failed.map(({ channel, reason }) => `not by ${channel}: ${reason}`)
  return [...told, ...not].join('; ')
}
