import { useEffect, useState } from 'preact/hooks'
import type { CallList } from '#api'
import { createCallsClient } from '../../state/calls-client.ts'
import { createCallList } from '../../state/calls-page.ts'
import type { Route } from '../../state/route.ts'
import type { ViewProps } from '../../state/view-deps.ts'
import { noCallWords } from '../../state/wording.ts'
import { useIsAdmin } from '../admin-only.tsx'
import { TopBar } from '../top-bar.tsx'
import { EndedCalls, RunningCalls } from './call-tables.tsx'
import { Findings } from './findings.tsx'
import { StaleNotice } from './stale-notice.tsx'

/** The calls that run, those that ended lately, and what is wrong in them. */
export function ListView({ page, feed, route, deps }: ViewProps) {
  const [calls] = useState(() =>
    createCallList({ ...deps, client: createCallsClient(deps.fetchJson) }),
  )
  useEffect(() => {
    document.title = 'Calls – Callbox'
    calls.open()
    return () => calls.close()
  }, [calls])
  const list = calls.details.value
  const problem = calls.problem.value
  return (
    <>
      <TopBar page={page} feed={feed} route={route} />
      <main class={`dashboard calls ${problem === undefined ? '' : 'is-stale'}`}>
        <div class="turn-head">
          <h1>Calls</h1>
          <StaleNotice problem={problem} hasFacts={list !== undefined} />
        </div>
        {list && <Lists list={list} route={route} />}
        {!list && problem === undefined && <p class="soft">One moment …</p>}
      </main>
    </>
  )
}

function Lists({ list, route }: Readonly<{ list: CallList; route: Route }>) {
  const { running, ended, findings, atMs } = list
  const isAdmin = useIsAdmin()
  return (
    <>
      <Findings findings={findings} route={route} />
      <section class="card stack" aria-labelledby="running-title" data-testid="running">
        <h2 id="running-title">Running</h2>
        {running.length === 0 ? (
          <p class="soft">{noCallWords(isAdmin)}</p>
        ) : (
          <RunningCalls calls={running} nowMs={atMs} route={route} />
        )}
      </section>
      {ended.length > 0 && (
        <section class="card stack" aria-labelledby="ended-title" data-testid="ended">
          <h2 id="ended-title">Ended lately</h2>
          <EndedCalls calls={ended} route={route} />
        </section>
      )}
    </>
  )
}
