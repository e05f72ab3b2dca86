import { formatDayTime, formatTime } from './format.ts'

/** A stretch of time, in milliseconds since the Unix epoch. */
export type Span = Readonly<{ fromMs: number; toMs: number }>

/** How far back charts can reach; `words` follow "in". */
export const RANGES = [
  { id: 'live', label: 'Live', words: 'the last 10 minutes', ms: 600_000 },
  { id: '1h', label: '1 h', words: 'the last hour', ms: 3_600_000 },
  { id: '6h', label: '6 h', words: 'the last 6 hours', ms: 6 * 3_600_000 },
  { id: '24h', label: '24 h', words: 'the last 24 hours', ms: 24 * 3_600_000 },
  { id: '7d', label: '7 days', words: 'the last 7 days', ms: 7 * 86_400_000 },
  { id: '31d', label: '31 days', words: 'the last 31 days', ms: 31 * 86_400_000 },
] as const

export type RangeId = (typeof RANGES)[number]['id']

/** The shortest stretch worth looking at. */
export const LEAST_SPAN_MS = 10_000

const DAY_MS = 86_400_000

/** A stretch so much longer or shorter around the same middle, within `bounds`. */
export function zoomed({ fromMs, toMs }: Span, factor: number, bounds: Span): Span {
  const middle = (fromMs + toMs) / 2
  const half = Math.max(LEAST_SPAN_MS, (toMs - fromMs) * factor) / 2
  return within({ fromMs: middle - half, toMs: middle + half }, bounds)
}

/** The stretch beside it: `share` of its length later, or earlier where that is negative. */
export function shifted({ fromMs, toMs }: Span, share: number, bounds: Span): Span {
  const byMs = (toMs - fromMs) * share
  return within({ fromMs: fromMs + byMs, toMs: toMs + byMs }, bounds)
}

/** As long as before where the bounds allow it, and inside them. */
function within({ fromMs, toMs }: Span, bounds: Span): Span {
  const lengthMs = Math.min(toMs - fromMs, bounds.toMs - bounds.fromMs)
  const start = Math.min(Math.max(fromMs, bounds.fromMs), bounds.toMs - lengthMs)
  return { fromMs: Math.round(start), toMs: Math.round(start + lengthMs) }
}

/** A stretch in words: `14:03:10 to 14:05:40`, with dates where it covers days. */
export function spanWords({ fromMs, toMs }: Span): string {
  const isLong = toMs - fromMs > DAY_MS / 2
  const word = isLong ? formatDayTime : formatTime
  return `${word(fromMs)} to ${word(toMs)}`
}

/** Steps that rows of a table may stand for. */
const TABLE_STEPS_MS = [
  1000, 5000, 10_000, 30_000, 60_000, 120_000, 300_000, 900_000, 1_800_000, 3_600_000, 10_800_000,
  21_600_000, 43_200_000, 86_400_000, 172_800_000,
]
const MOST_ROWS = 24

/** What one row of a table stands for, so that there are not too many. */
export function tableStepMs({ fromMs, toMs }: Span, stepMs: number): number {
  const leastMs = Math.max(stepMs, (toMs - fromMs) / MOST_ROWS)
  return TABLE_STEPS_MS.find((step) => step >= leastMs) ?? 2 * DAY_MS
}
