import { type ReadonlySignal, type Signal, useSignalEffect } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import type { HistoryPoint } from '#api'
import { CHART_SECONDS, type ChartPlan } from '../state/charts.ts'
import { formatTime } from '../state/format.ts'

/** `label` is what the drawing says, for those who do not see it. */
export type LineChartProps = Readonly<{
  plan: ChartPlan
  points: ReadonlySignal<readonly HistoryPoint[]>
  /** Set to the index of the point under the pointer. */
  pointedAt: Signal<number | undefined>
  label: string
}>

const HEIGHT_PX = 170
const LEAST_SECONDS = 60

/** Steps between the lines of the vertical scale: whole and round, since half a person is none. */
const STEPS = [1, 2, 5]
  .flatMap((step) => Array.from({ length: 12 }, (_, n) => step * 10 ** n))
  .sort((a, b) => a - b)

/** The drawing, redrawn with every point and whenever the theme or the width changes. */
export function LineChart({ plan, points, pointedAt, label }: LineChartProps) {
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot | undefined>(undefined)

  useEffect(() => {
    if (box.current === null) return
    const element = box.current
    const drawn = new uPlot(
      optionsOf(plan, element, pointedAt),
      dataOf(plan, points.value),
      element,
    )
    chart.current = drawn
    const watcher = new ResizeObserver(() =>
      drawn.setSize({ width: element.clientWidth, height: HEIGHT_PX }),
    )
    watcher.observe(element)
    const theme = matchMedia('(prefers-color-scheme: dark)')
    const redraw = () => drawn.redraw(false)
    theme.addEventListener('change', redraw)
    return () => {
      theme.removeEventListener('change', redraw)
      watcher.disconnect()
      drawn.destroy()
      chart.current = undefined
    }
  }, [plan, points, pointedAt])

  useSignalEffect(() => {
    const data = dataOf(plan, points.value)
    chart.current?.setData(data)
  })

  return <div ref={box} class="drawing" role="img" aria-label={label} />
}

/** Lines after the first that stay at zero are left out: they would only cover each other. */
function dataOf(plan: ChartPlan, points: readonly HistoryPoint[]): uPlot.AlignedData {
  return [
    points.map((point) => point.atMs / 1000),
    ...plan.lines.map((line, index) => {
      const values = points.map(line.value)
      const isHidden = index > 0 && values.every((value) => value === 0)
      return isHidden ? values.map(() => null) : values
    }),
  ]
}

function optionsOf(
  plan: ChartPlan,
  element: HTMLElement,
  pointedAt: Signal<number | undefined>,
): uPlot.Options {
  const color = (name: string) => colorOf(element, name)
  const axis: uPlot.Axis = {
    stroke: () => color('--text-soft'),
    grid: { stroke: () => color('--line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  }
  return {
    width: Math.max(element.clientWidth, 200),
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    scales: {
      x: { range: (_chart, min, max) => [chartStart(min, max), max] },
      y: { range: (_chart, _min, max) => [0, Math.max(plan.atLeast, max * 1.1)] },
    },
    axes: [
      {
        ...axis,
        size: 26,
        gap: 6,
        space: 72,
        incrs: [15, 30, 60, 120, 300],
        values: clockTimes,
      },
      {
        ...axis,
        size: labelWidth,
        incrs: STEPS,
        values: (_chart, values) => values.map(plan.format),
      },
    ],
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
      setCursor: [
        (chart) => {
          pointedAt.value = chart.cursor.idx ?? undefined
        },
      ],
    },
  }
}

function labelWidth(_chart: uPlot, labels: string[] | null): number {
  const longest = Math.max(1, ...(labels ?? []).map((label) => label.length))
  return longest * 7 + 14
}

/** Where the time scale begins: ten minutes ago, or with the first point while there are fewer. */
function chartStart(first: number, last: number): number {
  return Math.max(last - CHART_SECONDS, Math.min(first, last - LEAST_SECONDS))
}

function clockTimes(
  _chart: uPlot,
  seconds: number[],
  _axis: number,
  _space: number,
  step: number,
): string[] {
  return seconds.map((at) => formatTime(at * 1000).slice(0, step < 60 ? 8 : 5))
}

/** A canvas cannot read custom properties, so the box's own colour is asked in their place. */
function colorOf(element: HTMLElement, property: string): string {
  element.style.color = `var(${property})`
  const { color } = getComputedStyle(element)
  element.style.color = ''
  return color
}
