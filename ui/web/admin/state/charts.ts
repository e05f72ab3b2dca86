import type { HistoryPoint, TrackKind } from '#api'
import { formatBitRate, formatCount, formatPercent } from './format.ts'
import { totalTracks, trackCountWords, wordOf } from './wording.ts'

type Series = 1 | 2 | 3 | 4 | 5 | 6

/** One line of a chart. `color` is a custom property of the theme; `dash` tells lines apart without it. */
export type ChartLine = Readonly<{
  label: string
  color: `--series-${Series}`
  dash: readonly number[]
  value: (point: HistoryPoint) => number
}>

/** One chart of the last ten minutes. */
export type ChartPlan = Readonly<{
  id: string
  title: string
  lines: readonly ChartLine[]
  format: (value: number) => string
  /** The vertical scale reaches at least this far. */
  atLeast: number
  /** How the table sums up half a minute. */
  interval: 'mean' | 'highest'
  summary: (points: readonly HistoryPoint[]) => string
}>

/** How far back the charts reach. */
export const CHART_SECONDS = 600

const TABLE_STEP_MS = 30_000
const SOLID: readonly number[] = []
const TRACK_LINES: readonly Readonly<{
  kind: TrackKind
  series: Series
  dash: readonly number[]
}>[] = [
  { kind: 'microphone', series: 1, dash: SOLID },
  { kind: 'screen_share', series: 2, dash: [7, 4] },
  { kind: 'screen_share_audio', series: 3, dash: [2, 4] },
  { kind: 'camera', series: 4, dash: [10, 3, 2, 3] },
  { kind: 'other', series: 5, dash: [4, 2] },
]
const count = (value: number) => String(Math.round(value))

/** The dashboard's charts, in order. */
export const CHARTS: readonly ChartPlan[] = [
  {
    id: 'cpu',
    title: 'Processor',
    lines: [line('All cores', 1, SOLID, (point) => point.cpuTotalPercent)],
    format: formatPercent,
    atLeast: 20,
    interval: 'mean',
    summary: (points) => {
      const load = points.map((point) => point.cpuTotalPercent)
      return `${formatPercent(last(load))} now; ${formatPercent(mean(load))} on average and ${formatPercent(highest(load))} at most in ${spanWords(points)}.`
    },
  },
  {
    id: 'bandwidth',
    title: 'Bandwidth',
    lines: [
      line('In', 1, SOLID, (point) => point.receivedBitsPerSecond),
      line('Out', 2, [7, 4], (point) => point.sentBitsPerSecond),
    ],
    format: formatBitRate,
    atLeast: 100_000,
    interval: 'mean',
    summary: (points) => {
      const received = points.map((point) => point.receivedBitsPerSecond)
      const sent = points.map((point) => point.sentBitsPerSecond)
      return `${formatBitRate(last(received))} in and ${formatBitRate(last(sent))} out now; at most ${formatBitRate(highest(received))} in and ${formatBitRate(highest(sent))} out in ${spanWords(points)}.`
    },
  },
  {
    id: 'tracks',
    title: 'Active tracks',
    lines: TRACK_LINES.map(({ kind, series, dash }) =>
      line(wordOf(kind), series, dash, (point) => point.tracks[kind]),
    ),
    format: count,
    atLeast: 4,
    interval: 'highest',
    summary: (points) => {
      const latest = points.at(-1)
      const now = latest ? trackCountWords(latest.tracks) : ''
      const most = highest(points.map((point) => totalTracks(point.tracks)))
      return `${now === '' ? 'None' : sentence(now)} now; at most ${most} together in ${spanWords(points)}.`
    },
  },
  {
    id: 'people',
    title: 'People and relays',
    lines: [
      line('People in calls', 1, SOLID, (point) => point.participants),
      line('TURN allocations', 4, [2, 4], (point) => point.turnAllocations),
    ],
    format: count,
    atLeast: 4,
    interval: 'highest',
    summary: (points) => {
      const people = points.map((point) => point.participants)
      const relays = points.map((point) => point.turnAllocations)
      return `${formatCount(last(people), 'person', 'people')} and ${formatCount(last(relays), 'TURN allocation', 'TURN allocations')} now; at most ${highest(people)} and ${highest(relays)} in ${spanWords(points)}.`
    },
  },
]

/** One row of a chart's table: half a minute, one value a line. */
export type ChartRow = Readonly<{ fromMs: number; values: readonly number[] }>

/** Sums up points to half minutes, newest first. */
export function chartRows(plan: ChartPlan, points: readonly HistoryPoint[]): readonly ChartRow[] {
  const halfMinutes = new Map<number, HistoryPoint[]>()
  for (const point of points) {
    const fromMs = Math.floor(point.atMs / TABLE_STEP_MS) * TABLE_STEP_MS
    const together = halfMinutes.get(fromMs) ?? []
    together.push(point)
    halfMinutes.set(fromMs, together)
  }
  const sumUp = plan.interval === 'mean' ? mean : highest
  return [...halfMinutes]
    .map(([fromMs, together]) => ({
      fromMs,
      values: plan.lines.map((each) => sumUp(together.map(each.value))),
    }))
    .sort((a, b) => b.fromMs - a.fromMs)
}

function line(
  label: string,
  series: Series,
  dash: readonly number[],
  value: ChartLine['value'],
): ChartLine {
  return { label, color: `--series-${series}`, dash, value }
}

function spanWords(points: readonly HistoryPoint[]): string {
  const seconds = ((points.at(-1)?.atMs ?? 0) - (points[0]?.atMs ?? 0)) / 1000
  if (seconds < 90) return 'the last minute'
  return `the last ${Math.min(10, Math.round(seconds / 60))} minutes`
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function last(values: readonly number[]): number {
  return values.at(-1) ?? 0
}

function highest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0)
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}
