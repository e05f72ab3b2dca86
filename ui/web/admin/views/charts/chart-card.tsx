import type { Signal } from '@preact/signals'
import { useRef, useState } from 'preact/hooks'
import { chartCsv, fileName } from '../../state/chart-csv.ts'
import type { ChartHistory, ChartView } from '../../state/chart-history.ts'
import type { ChartLine, ChartPlan } from '../../state/chart-plans.ts'
import { chartSummary, pointAt } from '../../state/charts.ts'
import { formatDayTime, formatTime } from '../../state/format.ts'
import { saveBlob, saveText } from '../save-file.ts'
import { chartImage } from './chart-image.ts'
import { ChartTable } from './chart-table.tsx'
import { LineChart } from './line-chart.tsx'

/** One chart: heading, what it says in a sentence, and the drawing or the table behind it. */
export type ChartCardProps = Readonly<{
  plan: ChartPlan
  charts: ChartHistory
  /** The moment under the pointer, the same for all charts. */
  pointedAtMs: Signal<number | undefined>
  /** The time shown, in words. */
  stretch: string
  isPrinting: boolean
}>

/** Shows the drawing until the reader asks for the table; on paper both. */
export function ChartCard({ plan, charts, pointedAtMs, stretch, isPrinting }: ChartCardProps) {
  const card = useRef<HTMLElement>(null)
  const [isTable, setTable] = useState(false)
  const view = charts.view.value
  const summary = chartSummary(plan, view)
  return (
    <article
      ref={card}
      class="card chart"
      data-testid={`chart-${plan.id}`}
      aria-labelledby={`${plan.id}-title`}
    >
      <div class="chart-head">
        <h4 id={`${plan.id}-title`}>{plan.title}</h4>
        <ChartActions plan={plan} view={view} card={() => card.current} isTable={isTable} />
        <button
          type="button"
          class="button plain small table-button"
          aria-pressed={isTable}
          onClick={() => setTable(!isTable)}
        >
          <span class="visually-hidden">Show as </span>
          <span class="other-form">{isTable ? 'chart' : 'table'}</span>
          <span class="visually-hidden">: {plan.title}</span>
        </button>
      </div>
      <p class="soft small figures chart-summary">
        <span class="visually-hidden">{stretch}: </span>
        {summary}
      </p>
      {(!isTable || isPrinting) && (
        <>
          <LineChart
            plan={plan}
            charts={charts}
            pointedAtMs={pointedAtMs}
            label={`${plan.title}, ${stretch}. ${summary}`}
            isPrinting={isPrinting}
          />
          <Legend plan={plan} view={view} atMs={pointedAtMs.value} />
        </>
      )}
      {(isTable || isPrinting) && view && <ChartTable plan={plan} view={view} />}
    </article>
  )
}

type ChartActionsProps = Readonly<{
  plan: ChartPlan
  view: ChartView | undefined
  card: () => HTMLElement | null
  isTable: boolean
}>

function ChartActions({ plan, view, card, isTable }: ChartActionsProps) {
  if (view === undefined) return null
  const savePicture = async () => {
    const element = card()
    if (element) saveBlob(fileName(plan.id, view, 'png'), await chartImage(element, plan))
  }
  const saveFigures = () => saveText(fileName(plan.id, view, 'csv'), chartCsv([plan], view))
  return (
    <span class="chart-actions">
      <button type="button" class="button plain small" onClick={saveFigures}>
        CSV<span class="visually-hidden"> of {plan.title}</span>
      </button>
      {!isTable && (
        <button type="button" class="button plain small" onClick={() => void savePicture()}>
          PNG<span class="visually-hidden"> of {plan.title}</span>
        </button>
      )}
    </span>
  )
}

type LegendProps = Readonly<{
  plan: ChartPlan
  view: ChartView | undefined
  /** The moment under the pointer; `undefined` means the newest counts. */
  atMs: number | undefined
}>

/** Which line is what, and its figure at the pointer or at the end. */
export function Legend({ plan, view, atMs }: LegendProps) {
  const point = view && (atMs === undefined ? view.points.at(-1) : pointAt(view, atMs))
  const word = view && view.stepMs >= 60_000 ? formatDayTime : formatTime
  return (
    <ul class="legend small figures">
      <li class="soft legend-time">{atMs === undefined ? 'At the end' : word(atMs)}</li>
      {plan.lines.map((line) => {
        const value = point && line.value(point)
        return (
          <li key={line.label}>
            <Sample line={line} />
            <span>{line.label}</span>
            <strong>{value === undefined ? '–' : plan.format(value)}</strong>
          </li>
        )
      })}
    </ul>
  )
}

function Sample({ line }: { line: ChartLine }) {
  return (
    <svg width="26" height="8" viewBox="0 0 26 8" aria-hidden="true">
      <path
        d="M1 4h24"
        fill="none"
        stroke={`var(${line.color})`}
        stroke-width="2"
        stroke-dasharray={line.dash.join(' ')}
      />
    </svg>
  )
}
