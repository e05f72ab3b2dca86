import { useEffect } from 'preact/hooks'
import { CHARTS } from '../state/charts.ts'
import type { ViewProps } from '../state/view-deps.ts'
import { ChartCard } from './chart-card.tsx'
import { Health } from './health.tsx'
import { Machine } from './machine.tsx'
import { Rooms } from './rooms.tsx'
import { Tiles } from './tiles.tsx'
import { TopBar } from './top-bar.tsx'

/** Everything about the running server on one page. */
export function Dashboard({ page, feed, route }: ViewProps) {
  useEffect(() => {
    document.title = 'Dashboard – Callbox'
  }, [])
  const status = feed.status.value
  const isStale = feed.connection.value.state === 'stale'
  return (
    <>
      <TopBar page={page} feed={feed} route={route} />
      <main class={`dashboard ${isStale ? 'is-stale' : ''}`}>
        <h1 class="visually-hidden">Dashboard</h1>
        <Health feed={feed} route={route} />
        {status === undefined ? (
          <p class="soft">Waiting for the first figures …</p>
        ) : (
          <>
            <Tiles status={status} route={route} />
            <div class="columns">
              <div class="column">
                <Rooms status={status} />
                <section class="charts" aria-labelledby="charts-title">
                  <h2 id="charts-title">The last ten minutes</h2>
                  {CHARTS.map((plan) => (
                    <ChartCard key={plan.id} plan={plan} points={feed.points} />
                  ))}
                </section>
              </div>
              <Machine status={status} />
            </div>
          </>
        )}
      </main>
    </>
  )
}
