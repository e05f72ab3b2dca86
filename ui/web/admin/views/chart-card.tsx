import { type ReadonlySignal, useSignal } from '@preact/signals'
import { useState } from 'preact/hooks'
import type { HistoryPoint } from '#api'
import type { ChartLine, ChartPlan } from '../state/charts.ts'
import { formatTime } from '../state/format.ts'
import { ChartTable } from './chart-table.tsx'
import { LineChart } from './line-chart.tsx'

/** One chart: heading, what it says in a sentence, and the drawing or the table behind it. */
export type ChartCardProps = Readonly<{
  plan: ChartPlan
  points: ReadonlySignal<readonly HistoryPoint[]>
}>

/** Shows the drawing until the reader asks for the table. */
export function ChartCard({ plan, points }: ChartCardProps) {
  const [isTable, setTable] = useState(false)
  const pointedAt = useSignal<number | undefined>(undefined)
  const summary = plan.summary(points.value)
  return (
    <article
      class="card chart"
      data-testid={`chart-${plan.id}`}
      aria-labelledby={`${plan.id}-title`}
    >
      <div class="chart-head">
        <h3 id={`${plan.id}-title`}>{plan.title}</h3>
        <button
          type="button"
          class="button plain small"
          aria-pressed={isTable}
          onClick={() => setTable(!isTable)}
        >
          {isTable ? 'Show as chart' : 'Show as table'}
          <span class="visually-hidden">: {plan.title}</span>
        </button>
      </div>
      <p class="soft small figures chart-summary">{summary}</p>
      {isTable ? (
        <ChartTable plan={plan} points={points.value} />
      ) : (
        <>
          <LineChart
            plan={plan}
            points={points}
            pointedAt={pointedAt}
            label={`${plan.title}: ${summary}`}
          />
          <Legend plan={plan} points={points.value} pointedAt={pointedAt.value} />
        </>
      )}
    </article>
  )
}

type LegendProps = Readonly<{
  plan: ChartPlan
  points: readonly HistoryPoint[]
  /** Index of the point under the pointer; `undefined` means the newest counts. */
  pointedAt: number | undefined
}>

function Legend({ plan, points, pointedAt }: LegendProps) {
  const pointed = pointedAt === undefined ? undefined : points[pointedAt]
  const point = pointed ?? points.at(-1)
  return (
    <ul class="legend small figures">
      <li class="soft legend-time">{pointed ? formatTime(pointed.atMs) : 'Now'}</li>
      {plan.lines.map((line) => (
        <li key={line.label}>
          <Sample line={line} />
          <span>{line.label}</span>
          <strong>{point ? plan.format(line.value(point)) : '–'}</strong>
        </li>
      ))}
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
