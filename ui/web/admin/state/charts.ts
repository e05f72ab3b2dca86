import type { HistoryPoint } from '#api'
import type { ChartView } from './chart-history.ts'
import type { ChartLine, ChartPlan } from './chart-plans.ts'
import { RANGES, type RangeId, type Span, spanWords, tableStepMs } from './time-range.ts'

/** How far back the live charts reach. */
export const CHART_SECONDS = 600

/** What a chart is drawn from: seconds since the Unix epoch, and each line's values; `null` is a gap. */
export type ChartColumns = Readonly<{
  seconds: readonly number[]
  lines: readonly (readonly (number | null)[])[]
}>

/** A gap is where the next point is later than this many steps. */
const GAP_STEPS = 2.5

/** The values of a chart; where nothing was recorded for a while, the lines break. */
export function chartColumns(plan: ChartPlan, { points, stepMs }: ChartView): ChartColumns {
  const withGaps = points.flatMap((point, index): (HistoryPoint | number)[] => {
    const before = points[index - 1]?.atMs
    const isGap = before !== undefined && point.atMs - before > stepMs * GAP_STEPS
    return isGap ? [before + stepMs, point] : [point]
  })
  const seconds = withGaps.map((each) => (typeof each === 'number' ? each : each.atMs) / 1000)
  const lines = plan.lines.map((line, index) => {
    if (index > 0 && isUneventful(line, points)) return withGaps.map(() => null)
    return withGaps.map((each) => (typeof each === 'number' ? null : (line.value(each) ?? null)))
  })
  return { seconds, lines }
}

/** Lines after the first that stay at zero are left out: they would only cover each other. */
function isUneventful(line: ChartLine, points: readonly HistoryPoint[]): boolean {
  return points.every((point) => (line.value(point) ?? 0) === 0)
}

/** The point that stands for a moment, `undefined` in a gap. */
export function pointAt({ points, stepMs }: ChartView, atMs: number): HistoryPoint | undefined {
  let low = 0
  let high = points.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((points[middle]?.atMs ?? 0) <= atMs) low = middle + 1
    else high = middle
  }
  const found = points[low - 1]
  return found && atMs - found.atMs < stepMs * GAP_STEPS ? found : undefined
}

/** The stretch that is shown, in words that follow "in" or "from". */
export function stretchWords(range: RangeId, zoom: Span | undefined): string {
  if (zoom) return `the time from ${spanWords(zoom)}`
  return RANGES.find(({ id }) => id === range)?.words ?? ''
}

/** A chart in a sentence: the most its lines came to, or how much in all. */
export function chartSummary(plan: ChartPlan, view: ChartView | undefined): string {
  const points = view?.points ?? []
  const parts = plan.lines.flatMap((line, index) => {
    const values = points.map(line.value).filter((value) => value !== undefined)
    const isShown = values.length > 0 && (index === 0 || values.some((value) => value > 0))
    const figure = plan.interval === 'sum' ? sum(values) : highest(values)
    const name = plan.lines.length === 1 ? '' : `${line.label} `
    return isShown ? [`${name}${plan.format(figure)}`] : []
  })
  if (parts.length === 0) return 'Nothing was measured.'
  return `${plan.interval === 'sum' ? 'In all' : 'At most'}: ${parts.join(', ')}.`
}

/** One row of a chart's table: what `fromMs` begins, one value a line; `undefined` where there is none. */
export type ChartRow = Readonly<{ fromMs: number; values: readonly (number | undefined)[] }>

/** What a row of the table sums up. */
export function chartTable(
  plan: ChartPlan,
  view: ChartView,
): Readonly<{ stepMs: number; rows: readonly ChartRow[] }> {
  const stepMs = tableStepMs(view.span, view.stepMs)
  const steps = new Map<number, HistoryPoint[]>()
  for (const point of view.points) {
    const fromMs = Math.floor(point.atMs / stepMs) * stepMs
    const together = steps.get(fromMs) ?? []
    together.push(point)
    steps.set(fromMs, together)
  }
  const rows = [...steps]
    .map(([fromMs, together]) => ({
      fromMs,
      values: plan.lines.map((line) =>
        SUM_UP[plan.interval](together.map(line.value).filter((value) => value !== undefined)),
      ),
    }))
    .sort((a, b) => b.fromMs - a.fromMs)
  return { stepMs, rows }
}

type SumUp = (values: readonly number[]) => number | undefined

const SUM_UP: Readonly<Record<ChartPlan['interval'], SumUp>> = {
  sum: (values) => (values.length === 0 ? undefined : sum(values)),
  mean: (values) => (values.length === 0 ? undefined : sum(values) / values.length),
  highest: (values) => (values.length === 0 ? undefined : highest(values)),
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function highest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0)
}
