import type uPlot from 'uplot'
import type { ChartPlan } from '../../state/chart-plans.ts'
import { formatDayTime, formatTime } from '../../state/format.ts'
import type { Span } from '../../state/time-range.ts'
import { colorOf } from './chart-color.ts'

/** What a drawing tells, and what it asks. */
export type ChartHooks = Readonly<{
  /** The stretch of time that is shown. */
  span: () => Span | undefined
  /** The moment under the pointer, `undefined` when there is none. */
  onPoint: (atMs: number | undefined) => void
  onZoom: (span: Span) => void
  onBack: () => void
}>

const DAY_SECONDS = 86_400

/** Steps between the lines of the vertical scale: whole and round, since half a person is none. */
const STEPS = [1, 2, 5]
  .flatMap((step) => Array.from({ length: 12 }, (_, n) => step * 10 ** n))
  .sort((a, b) => a - b)

/** Seconds between the marks of the time scale. */
const TIME_STEPS = [
  1,
  2,
  5,
  10,
  15,
  30,
  60,
  120,
  300,
  600,
  900,
  1800,
  3600,
  7200,
  10_800,
  21_600,
  43_200,
  DAY_SECONDS,
  2 * DAY_SECONDS,
  5 * DAY_SECONDS,
  10 * DAY_SECONDS,
]

/** Moves in one chart move the crosshair of all; what is dragged out in one is not dragged in others. */
const IN_STEP: uPlot.Cursor.Sync = {
  key: 'charts',
  filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' },
}

/** How a chart is drawn, in the colours of the page around it. */
export function chartOptions(
  plan: ChartPlan,
  element: HTMLElement,
  hooks: ChartHooks,
): uPlot.Options {
  const color = (name: string) => colorOf(element, name)
  return {
    width: Math.max(element.clientWidth, 200),
    height: Math.max(element.clientHeight, 80),
    legend: { show: false },
    cursor: {
      y: false,
      sync: IN_STEP,
      drag: { x: true, y: false, setScale: false, dist: 6 },
      bind: {
        dblclick: () => () => {
          hooks.onBack()
          return null
        },
      },
    },
    scales: {
      x: { range: (_chart, min, max) => timeScale(hooks.span(), min, max) },
      y: { range: (_chart, _min, max) => [0, topOf(plan, max)] },
    },
    axes: axesOf(plan, color, fontPxOf(element)),
    series: [
      {},
      ...plan.lines.map(
        (line): uPlot.Series => ({
          label: line.label,
          stroke: () => color(line.color),
          width: 2,
          dash: [...line.dash],
          points: { show: false },
        }),
      ),
    ],
    hooks: {
      setCursor: [(chart) => hooks.onPoint(momentAt(chart))],
      setSelect: [(chart) => zoomToSelection(chart, hooks)],
    },
  }
}

function axesOf(plan: ChartPlan, color: (name: string) => string, fontPx: number): uPlot.Axis[] {
  const axis: uPlot.Axis = {
    stroke: () => color('--text-soft'),
    grid: { stroke: () => color('--line'), width: 1 },
    ticks: { show: false },
    font: `${fontPx}px system-ui, sans-serif`,
  }
  return [
    {
      ...axis,
      size: 2 * fontPx + 2,
      gap: 6,
      space: 6 * fontPx,
      incrs: TIME_STEPS,
      values: clockTimes,
    },
    {
      ...axis,
      size: (_chart, labels) => labelWidth(labels, fontPx),
      incrs: STEPS,
      values: (_chart, values) => values.map(plan.format),
    },
  ]
}

/** The scale of an empty chart needs some length, too. */
function timeScale(span: Span | undefined, min: number, max: number): [number, number] {
  return span ? [span.fromMs / 1000, span.toMs / 1000] : [min, max ?? min + 60]
}

function topOf({ atLeast, unit }: ChartPlan, max: number | null): number {
  const most = max ?? 0
  const top = Math.max(atLeast, most * 1.1)
  return unit === '%' && most <= 100 ? Math.min(top, 100) : top
}

function momentAt({ cursor, data }: uPlot): number | undefined {
  const seconds = cursor.idx === null || cursor.idx === undefined ? undefined : data[0][cursor.idx]
  return seconds === undefined ? undefined : seconds * 1000
}

function zoomToSelection(chart: uPlot, hooks: ChartHooks): void {
  const { left, width } = chart.select
  if (width === 0) return
  const fromMs = Math.round(chart.posToVal(left, 'x') * 1000)
  const toMs = Math.round(chart.posToVal(left + width, 'x') * 1000)
  chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
  hooks.onZoom({ fromMs, toMs })
}

/** Four fifths of the text around, also on a wall screen. */
function fontPxOf(element: HTMLElement): number {
  return Math.round(Number.parseFloat(getComputedStyle(element).fontSize) * 0.8)
}

function labelWidth(labels: string[] | null, fontPx: number): number {
  const longest = Math.max(1, ...(labels ?? []).map((label) => label.length))
  return Math.round(longest * fontPx * 0.58) + 14
}

function clockTimes(
  _chart: uPlot,
  seconds: number[],
  _axis: number,
  _space: number,
  step: number,
): string[] {
  return seconds.map((at) => {
    const atMs = at * 1000
    const clock = formatTime(atMs)
    if (step >= DAY_SECONDS / 4 && clock === '00:00:00') return formatDayTime(atMs).slice(0, -6)
    return clock.slice(0, step < 60 ? 8 : 5)
  })
}
