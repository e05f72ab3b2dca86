import { type Signal, useSignalEffect } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import type { ChartHistory } from '../../state/chart-history.ts'
import type { ChartPlan } from '../../state/chart-plans.ts'
import { chartColumns } from '../../state/charts.ts'
import { forgetColors } from './chart-color.ts'
import { chartOptions } from './chart-options.ts'

/** `label` is what the drawing says, for those who do not see it. */
export type LineChartProps = Readonly<{
  plan: ChartPlan
  charts: ChartHistory
  /** Set to the moment under the pointer. */
  pointedAtMs: Signal<number | undefined>
  label: string
  isPrinting?: boolean
}>

/** What a drawing keeps beside uPlot's own. */
type Drawing = {
  chart: uPlot
  isOnScreen: boolean
  isDrawn: boolean
  isDragged: boolean
  draw: () => void
  repaint: () => void
}

/** The drawing, redrawn with every point while it is on the screen, and whenever the theme or the width changes. */
export function LineChart(props: LineChartProps) {
  const { plan, charts, pointedAtMs, label, isPrinting = false } = props
  const box = useRef<HTMLDivElement>(null)
  const drawing = useRef<Drawing | undefined>(undefined)

  useEffect(() => {
    if (box.current === null) return
    const made = makeDrawing(box.current, plan, charts, pointedAtMs)
    drawing.current = made.drawing
    return () => {
      made.end()
      drawing.current = undefined
    }
  }, [plan, charts, pointedAtMs])

  useLayoutEffect(() => {
    drawing.current?.draw()
    drawing.current?.repaint()
  }, [isPrinting])

  useSignalEffect(() => {
    // Read also while the drawing is out of sight, so that the next point is heard of.
    const { value } = charts.view
    const { current } = drawing
    if (value && current && !current.isDragged && (current.isOnScreen || !current.isDrawn)) {
      current.draw()
    }
  })

  return <div ref={box} class="drawing" role="img" aria-label={label} />
}

function makeDrawing(
  element: HTMLElement,
  plan: ChartPlan,
  charts: ChartHistory,
  pointedAtMs: Signal<number | undefined>,
) {
  forgetColors()
  const options = chartOptions(plan, element, {
    span: () => charts.view.peek()?.span,
    onPoint: (atMs) => {
      pointedAtMs.value = atMs
    },
    onZoom: (span) => charts.zoomTo(span),
    onBack: () => charts.back(),
  })
  const chart = new uPlot(options, dataOf(plan, charts), element)
  const draw = () => {
    drawing.isDrawn = charts.view.peek() !== undefined
    chart.setData(dataOf(plan, charts))
  }
  const repaint = () => {
    forgetColors()
    chart.redraw(false)
  }
  const drawing: Drawing = {
    chart,
    isOnScreen: false,
    isDrawn: false,
    isDragged: false,
    draw,
    repaint,
  }
  const end = watchSurroundings(element, drawing)
  return { drawing, end }
}

/** Follows the width, the theme, the scrolling and the pointer; returns how to end all that. */
function watchSurroundings(element: HTMLElement, drawing: Drawing): () => void {
  const { chart, draw, repaint } = drawing
  const size = new ResizeObserver(() => {
    // On paper the picture is scaled as it is.
    if (document.documentElement.hasAttribute('data-printing')) return
    chart.setSize({ width: element.clientWidth, height: element.clientHeight })
  })
  const sight = new IntersectionObserver(
    ([entry]) => {
      drawing.isOnScreen = entry?.isIntersecting === true
      if (drawing.isOnScreen) draw()
    },
    { rootMargin: '50%' },
  )
  size.observe(element)
  sight.observe(element)
  const over = new AbortController()
  const { signal } = over
  const drag = (isDragged: boolean) => () => {
    drawing.isDragged = isDragged
  }
  element.addEventListener('pointerdown', drag(true), { signal })
  addEventListener('pointerup', drag(false), { signal })
  addEventListener('pointercancel', drag(false), { signal })
  for (const query of ['(prefers-color-scheme: dark)', '(forced-colors: active)']) {
    matchMedia(query).addEventListener('change', repaint, { signal })
  }
  return () => {
    over.abort()
    size.disconnect()
    sight.disconnect()
    chart.destroy()
  }
}

function dataOf(plan: ChartPlan, charts: ChartHistory): uPlot.AlignedData {
  const view = charts.view.peek()
  if (view === undefined) return [[], ...plan.lines.map(() => [])]
  const { seconds, lines } = chartColumns(plan, view)
  return [[...seconds], ...lines.map((values) => [...values])]
}
