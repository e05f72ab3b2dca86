import { useSignal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import { ChartHistory } from '../../state/chart-history.ts'
import { CHART_GROUPS } from '../../state/chart-plans.ts'
import { stretchWords } from '../../state/charts.ts'
import { createHistoryClient } from '../../state/history-client.ts'
import type { LiveFeed } from '../../state/live-feed.ts'
import type { ViewDeps } from '../../state/view-deps.ts'
import { ChartCard } from './chart-card.tsx'
import { ChartTools } from './chart-tools.tsx'
import { usePrinting } from './use-printing.ts'

/** All charts, of the same stretch of time. */
export function Charts({ feed, deps }: Readonly<{ feed: LiveFeed; deps: ViewDeps }>) {
  const [charts] = useState(
    () => new ChartHistory({ ...deps, client: createHistoryClient(deps.fetchJson), live: feed }),
  )
  const pointedAtMs = useSignal<number | undefined>(undefined)
  const isPrinting = usePrinting()
  useEffect(() => () => charts.close(), [charts])
  const span = charts.view.value?.span
  const stretch = stretchWords(charts.range.value, charts.isZoomed.value ? span : undefined)
  return (
    <section class="chart-section" aria-labelledby="charts-title">
      <ChartTools charts={charts} stretch={stretch} />
      {CHART_GROUPS.map(({ title, plans }) => (
        <div key={title} class="chart-group">
          <h3>{title}</h3>
          <div class="charts">
            {plans.map((plan) => (
              <ChartCard
                key={plan.id}
                plan={plan}
                charts={charts}
                pointedAtMs={pointedAtMs}
                stretch={stretch}
                isPrinting={isPrinting}
              />
            ))}
          </div>
        </div>
      ))}
    </section>
  )
}
