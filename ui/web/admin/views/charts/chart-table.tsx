import type { ChartView } from '../../state/chart-history.ts'
import type { ChartPlan } from '../../state/chart-plans.ts'
import { chartTable } from '../../state/charts.ts'
import { formatDayTime, formatDuration, formatTime } from '../../state/format.ts'

const HOW = { mean: 'Average', highest: 'Highest value', sum: 'Sum' } as const

/** A chart as a table: a row for each step, newest first. */
export function ChartTable({ plan, view }: Readonly<{ plan: ChartPlan; view: ChartView }>) {
  const { stepMs, rows } = chartTable(plan, view)
  const word = stepMs >= 900_000 ? formatDayTime : formatTime
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section class="chart-table" tabIndex={0} aria-label={`${plan.title}, table`}>
      <table class="table">
        <caption class="small">
          {HOW[plan.interval]} of each {formatDuration(stepMs / 1000)}
        </caption>
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
          {rows.map(({ fromMs, values }) => (
            <tr key={fromMs}>
              <th scope="row">{word(fromMs)}</th>
              {plan.lines.map(({ label }, index) => {
                const value = values[index]
                return (
                  <td key={label} class="number">
                    {value === undefined ? '–' : plan.format(value)}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
