import { useEffect } from 'preact/hooks'
import type { Status } from '#api'
import type { Route } from '../state/route.ts'
import type { ViewProps } from '../state/view-deps.ts'
import { Charts } from './charts/charts.tsx'
import { Health } from './overview/health.tsx'
import { Load } from './overview/load.tsx'
import { CapacityCard, Paths, Quality } from './overview/people.tsx'
import { Relay } from './overview/relay.tsx'
import { Rooms } from './overview/rooms.tsx'
import { Kernel, Server } from './overview/server.tsx'
import { Tiles } from './overview/tiles.tsx'
import { TopBar } from './top-bar.tsx'

/** Everything about the running server on one page. */
export function Dashboard({ page, feed, route, deps }: ViewProps) {
  useEffect(() => {
    document.title = 'Dashboard – Callbox'
  }, [])
  const status = feed.status.value
  const isStale = feed.connection.value.state === 'stale'
  return (
    <>
      <TopBar page={page} feed={feed} route={route} />
      <main class={`dashboard overview ${isStale ? 'is-stale' : ''}`}>
        <h1 class="visually-hidden">Dashboard</h1>
        <Health feed={feed} route={route} />
        {status === undefined ? (
          <p class="soft">Waiting for the first figures …</p>
        ) : (
          <>
            <Tiles status={status} route={route} />
            <Cards status={status} route={route} />
          </>
        )}
        <Charts feed={feed} deps={deps} />
      </main>
    </>
  )
}

function Cards({ status, route }: Readonly<{ status: Status; route: Route }>) {
  return (
    <div class="columns">
      <div class="column">
        <Rooms status={status} route={route} />
        <div class="column">
          <Quality status={status} />
          <CapacityCard status={status} />
        </div>
        <div class="column">
          <Paths status={status} />
          <Relay status={status} route={route} />
        </div>
      </div>
      <Load status={status} />
      <div class="column">
        <Server status={status} route={route} />
        <Kernel status={status} />
      </div>
    </div>
  )
}
