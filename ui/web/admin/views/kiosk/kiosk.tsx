import { useSignal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import type { Status } from '#api'
import { Brand, Icon } from '../../../shared/icons.tsx'
import type { AdminPage } from '../../state/admin-page.ts'
import { admissionWords, moreWords } from '../../state/capacity-wording.ts'
import { ChartHistory } from '../../state/chart-history.ts'
import { CHARTS } from '../../state/chart-plans.ts'
import { chartSummary, stretchWords } from '../../state/charts.ts'
import { formatCount, formatMs, formatPercent, formatTime } from '../../state/format.ts'
import { createHistoryClient } from '../../state/history-client.ts'
import type { LiveFeed } from '../../state/live-feed.ts'
import type { ViewDeps } from '../../state/view-deps.ts'
import { isUnhappy, shortPath } from '../../state/wording.ts'
import { Legend } from '../charts/chart-card.tsx'
import { LineChart } from '../charts/line-chart.tsx'
import { Headline, staleWords } from '../overview/health.tsx'
import { CapacityCard, Paths } from '../overview/people.tsx'
import { QualityMark } from '../overview/rooms.tsx'
import { type Tile, TileCard, tilesOf } from '../overview/tiles.tsx'
import { ConnectionBadge } from '../top-bar.tsx'

export type KioskProps = Readonly<{ page: AdminPage; feed: LiveFeed; deps: ViewDeps }>

/** A log-in ends when it is not used for hours, and a live connection is not use: this is. */
const USE_MS = 30 * 60_000

/** The overview for a wall: large, nothing to press, all on one screen. */
export function Kiosk({ page, feed, deps }: KioskProps) {
  useEffect(() => {
    document.title = 'Wall screen – Callbox'
    const timer = setInterval(() => void page.isLoggedIn(), USE_MS)
    return () => clearInterval(timer)
  }, [page])
  const status = feed.status.value
  const connection = feed.connection.value
  const isStale = connection.state === 'stale'
  return (
    <main class={`kiosk ${isStale ? 'is-stale' : ''}`} data-testid="kiosk">
      <header class="kiosk-head">
        <Brand />
        <h1>{status?.address.announced ?? 'Callbox'}</h1>
        <ConnectionBadge connection={connection} />
        {status && <p class="figures kiosk-clock">{formatTime(status.atMs)}</p>}
      </header>
      <div role="status">
        {isStale ? (
          <div class="notice headline bad" data-testid="stale">
            <Icon name="alert" />
            <p>{staleWords(connection)}</p>
          </div>
        ) : (
          status && <Headline health={status.health} />
        )}
      </div>
      {status && (
        <>
          <dl class="tiles kiosk-tiles">
            {[...tilesOf(status), ...wallTiles(status)].map((tile) => (
              <TileCard key={tile.id} tile={tile} />
            ))}
          </dl>
          <div class="kiosk-columns">
            <div class="kiosk-side">
              <Unhappy status={status} />
              <Paths status={status} />
              <CapacityCard status={status} />
            </div>
            <WallCharts feed={feed} deps={deps} />
          </div>
        </>
      )}
    </main>
  )
}

/** What only a wall needs as tiles; on the page it has cards of its own. */
function wallTiles(status: Status): readonly Tile[] {
  const { capacity, quality, connects, alertsFiring, certificateDaysLeft } = status
  const { lossPercent, rttMs } = quality.up
  const loss = lossPercent ? formatPercent(lossPercent.p95) : '–'
  const rtt = rttMs ? `round trip ${formatMs(rttMs.p95)}` : 'nobody is measured'
  return [
    {
      id: 'capacity',
      label: 'Room for listeners',
      figure: moreWords(capacity.listeners),
      note: `${admissionWords(capacity).word.toLowerCase()}`,
    },
    { id: 'loss', label: 'Loss, 95 %', figure: loss, note: rtt },
    {
      id: 'connect',
      label: 'Time to connect, 95 %',
      figure: connects.connectMs ? formatMs(connects.connectMs.p95) : '–',
      note: `${connects.failures} of ${connects.attempts} failed in an hour`,
    },
    {
      id: 'alerts',
      label: 'Alerts',
      figure: String(alertsFiring),
      note: alertsFiring === 0 ? 'none fires' : 'firing now',
    },
    {
      id: 'certificate',
      label: 'Certificate',
      figure: certificateDaysLeft === undefined ? '–' : `${certificateDaysLeft} days`,
      note: certificateDaysLeft === undefined ? 'none here' : 'left',
    },
  ]
}

const MOST_PEOPLE = 8

function Unhappy({ status: { rooms } }: { status: Status }) {
  const people = rooms.flatMap((room) =>
    room.participants.filter(isUnhappy).map((person) => ({ room: room.name, person })),
  )
  const hidden = people.length - MOST_PEOPLE
  return (
    <section class="card kiosk-unhappy" aria-labelledby="unhappy-title">
      <h2 id="unhappy-title">
        {people.length === 0
          ? 'Nobody has a poor connection'
          : `${formatCount(people.length, 'person has', 'people have')} a poor connection`}
      </h2>
      <ul class="kiosk-people">
        {people.slice(0, MOST_PEOPLE).map(({ room, person }) => (
          <li key={`${room} ${person.identity}`}>
            <strong>{person.name || person.identity}</strong>
            <QualityMark quality={person.quality} />
            <span class="soft">
              {room}
              {person.path !== undefined && `, ${shortPath(person.path)}`}
            </span>
          </li>
        ))}
      </ul>
      {hidden > 0 && <p class="soft">and {hidden} more</p>}
    </section>
  )
}

const ON_THE_WALL = ['people', 'bandwidth', 'cpu', 'loss']

function WallCharts({ feed, deps }: Readonly<{ feed: LiveFeed; deps: ViewDeps }>) {
  const [charts] = useState(
    () => new ChartHistory({ ...deps, client: createHistoryClient(deps.fetchJson), live: feed }),
  )
  const pointedAtMs = useSignal<number | undefined>(undefined)
  useEffect(() => () => charts.close(), [charts])
  const view = charts.view.value
  return (
    <div class="kiosk-charts">
      {CHARTS.filter(({ id }) => ON_THE_WALL.includes(id)).map((plan) => (
        <section key={plan.id} class="card chart" aria-labelledby={`wall-${plan.id}`}>
          <h2 id={`wall-${plan.id}`}>{plan.title}</h2>
          <LineChart
            plan={plan}
            charts={charts}
            pointedAtMs={pointedAtMs}
            label={`${plan.title}, ${stretchWords('live', undefined)}. ${chartSummary(plan, view)}`}
          />
          <Legend plan={plan} view={view} atMs={undefined} />
        </section>
      ))}
    </div>
  )
}
