import { Icon, type IconName } from '../../../shared/icons.tsx'
import { chartCsv, fileName } from '../../state/chart-csv.ts'
import type { ChartHistory } from '../../state/chart-history.ts'
import { CHARTS } from '../../state/chart-plans.ts'
import { formatDateTime } from '../../state/format.ts'
import { historyFilePath } from '../../state/history-client.ts'
import { RANGES } from '../../state/time-range.ts'
import { saveText } from '../save-file.ts'

export type ChartToolsProps = Readonly<{ charts: ChartHistory; stretch: string }>

/** What all charts show: which time, how near, and as what file. */
export function ChartTools({ charts, stretch }: ChartToolsProps) {
  return (
    <div class="chart-tools">
      <h2 id="charts-title">Charts</h2>
      <Ranges charts={charts} />
      <Zooms charts={charts} />
      <p class="soft small figures chart-stretch" role="status" data-testid="stretch">
        {charts.problem.value ?? stretchLine(charts, stretch)}
      </p>
      <Exports charts={charts} />
    </div>
  )
}

function stretchLine(charts: ChartHistory, stretch: string): string {
  if (charts.view.value === undefined) return 'One moment …'
  const oldestMs = charts.oldestMs.value
  const isShort = oldestMs !== undefined && oldestMs > (charts.view.value.span.fromMs ?? 0)
  const since = isShort ? ` Recorded since ${formatDateTime(oldestMs)}.` : ''
  return `${stretch.charAt(0).toUpperCase()}${stretch.slice(1)}.${since}`
}

function Ranges({ charts }: { charts: ChartHistory }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset with a legend would be a form's
    <div class="choices" role="group" aria-label="Time shown">
      {RANGES.map(({ id, label }) => (
        <button
          key={id}
          type="button"
          class="choice"
          aria-pressed={charts.range.value === id}
          onClick={() => charts.choose(id)}
        >
          {label}
        </button>
      ))}
    </div>
  )
}

function Zooms({ charts }: { charts: ChartHistory }) {
  const { value: isZoomed } = charts.isZoomed
  const steps: readonly (readonly [string, IconName, () => void])[] = [
    ['Earlier', 'earlier', () => charts.shift(-0.5)],
    ['Zoom in', 'zoomIn', () => charts.zoomBy(0.5)],
    ['Zoom out', 'zoomOut', () => charts.zoomBy(2)],
    ['Later', 'later', () => charts.shift(0.5)],
  ]
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset with a legend would be a form's
    <div class="zooms" role="group" aria-label="Zoom">
      {steps.map(([label, icon, act]) => (
        <button
          key={label}
          type="button"
          class="button plain icon small-icon"
          aria-label={label}
          title={label}
          onClick={act}
        >
          <Icon name={icon} size={17} />
        </button>
      ))}
      <button
        type="button"
        class="button plain small-button"
        aria-disabled={!isZoomed}
        onClick={() => isZoomed && charts.back()}
      >
        <Icon name="undo" size={16} /> Back
      </button>
    </div>
  )
}

function Exports({ charts }: { charts: ChartHistory }) {
  const view = charts.view.value
  if (view === undefined) return null
  const save = () => saveText(fileName('charts', view, 'csv'), chartCsv(CHARTS, view))
  return (
    <div class="exports">
      <button type="button" class="button plain small-button" onClick={save}>
        <Icon name="download" size={16} /> CSV of what is shown
      </button>
      <a class="button plain small-button" href={historyFilePath(view.span)} download>
        <Icon name="download" size={16} /> CSV of all that is kept
      </a>
      <button type="button" class="button plain small-button" onClick={() => print()}>
        <Icon name="printer" size={16} /> Print
      </button>
    </div>
  )
}
