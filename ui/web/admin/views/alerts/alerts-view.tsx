import { useEffect, useState } from 'preact/hooks'
import type { AlertDetails } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import { createAlertsClient } from '../../state/alerts-client.ts'
import { AlertsPage } from '../../state/alerts-page.ts'
import { summaryOf } from '../../state/alerts-wording.ts'
import type { ViewProps } from '../../state/view-deps.ts'
import { TopBar } from '../top-bar.tsx'
import { Channels } from './channels.tsx'
import { Events } from './events.tsx'
import { Rules } from './rules.tsx'

/** What is watched, what of it is wrong, who is told, and what was. */
export function AlertsView({ page, feed, route, deps }: ViewProps) {
  const [alerts] = useState(
    () => new AlertsPage({ ...deps, client: createAlertsClient(deps.fetchJson) }),
  )
  useEffect(() => {
    document.title = 'Alerts – Callbox'
    alerts.open()
    return () => alerts.close()
  }, [alerts])
  const details = alerts.details.value
  const problem = alerts.problem.value
  return (
    <>
      <TopBar page={page} feed={feed} route={route} />
      <main class={`dashboard alerts ${problem === undefined ? '' : 'is-stale'}`}>
        <div class="turn-head">
          <h1>Alerts</h1>
          <p class="soft prose">
            Each rule is checked every second. It fires at one limit and is over at a lower one, so
            that you are not told twice about a figure that wavers.
          </p>
          <div role="status">
            {problem !== undefined ? (
              <p class="notice warn" data-testid="alerts-problem">
                <Icon name="alert" />
                <span>{problem}</span>
              </p>
            ) : (
              details && <Summary details={details} />
            )}
          </div>
        </div>
        {details ? (
          <>
            <Rules alerts={alerts} details={details} route={route} />
            <div class="halves">
              <Channels alerts={alerts} details={details} route={route} />
              <Events details={details} />
            </div>
          </>
        ) : (
          problem === undefined && <p class="soft">One moment …</p>
        )}
      </main>
    </>
  )
}

function Summary({ details }: Readonly<{ details: AlertDetails }>) {
  const { tone, text } = summaryOf(details)
  return (
    <p class={`notice ${tone}`} data-testid="alerts-summary">
      <Icon name={tone === 'ok' ? 'check' : 'alert'} />
      <span>{text}</span>
    </p>
  )
}
