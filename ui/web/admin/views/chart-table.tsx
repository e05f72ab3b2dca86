import type { HistoryPoint } from '#api'
import { type ChartPlan, chartRows } from '../state/charts.ts'
import { formatTime } from '../state/format.ts'

const HOW = { mean: 'Average', highest: 'Highest value' } as const

/** A chart as a table: one row for half a minute, newest first. */
export function ChartTable({
  plan,
  points,
}: Readonly<{ plan: ChartPlan; points: readonly HistoryPoint[] }>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section class="chart-table" tabIndex={0} aria-label={`${plan.title}, table`}>
      <table class="table">
        <caption class="small">{HOW[plan.interval]} of each half minute</caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            {plan.lines.map(({ label }) => (
              <th key={label} scope="col" class="number">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {chartRows(plan, points).map(({ fromMs, values }) => (
            <tr key={fromMs}>
              <th scope="row">{formatTime(fromMs)}</th>
              {plan.lines.map(({ label }, index) => (
                <td key={label} class="number">
                  {plan.format(values[index] ?? 0)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
