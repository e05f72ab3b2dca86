import type { ChartView } from './chart-history.ts'
import type { ChartPlan } from './chart-plans.ts'

/** What is shown of these charts, a row for each point: moments by ISO 8601, plain figures, no unit in the cells. */
export function chartCsv(plans: readonly ChartPlan[], { points }: ChartView): string {
  const columns = plans.flatMap((plan) =>
    plan.lines.map((line) => ({
      name: `${plan.title}: ${line.label} (${plan.unit})`,
      value: line.value,
    })),
  )
  const head = ['time', ...columns.map(({ name }) => name)].map(cell).join(',')
  const rows = points.map((point) =>
    [new Date(point.atMs).toISOString(), ...columns.map(({ value }) => figure(value(point)))].join(
      ',',
    ),
  )
  return `${[head, ...rows].join('\r\n')}\r\n`
}

/** RFC 4180 §2: quoted where it holds a comma or a quote. */
function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function figure(value: number | undefined): string {
  return value === undefined ? '' : String(Number(value.toFixed(3)))
}

/** A name for a file of what is shown: `callbox-cpu-2026-11-22T14-03.csv`. */
export function fileName(id: string, { span }: ChartView, ending: string): string {
  const moment = new Date(span.toMs).toISOString().slice(0, 16).replace(':', '-')
  return `callbox-${id}-${moment}.${ending}`
}
