import { useEffect, useState } from 'preact/hooks'
import type { CallDetails } from '#api'
import { createCallsClient, recordPath } from '../../state/calls-client.ts'
import { CallPage } from '../../state/calls-page.ts'
import { formatCount, formatDateTime, formatDuration } from '../../state/format.ts'
import type { ViewProps } from '../../state/view-deps.ts'
import { Confirm } from '../confirm.tsx'
import { SectionLink } from '../section-link.tsx'
import { TopBar } from '../top-bar.tsx'
import { Findings } from './findings.tsx'
import { Participants } from './participants.tsx'
import { StaleNotice } from './stale-notice.tsx'
import { Timeline } from './timeline.tsx'

/** One call: who is in it, how their media travels, what happened, and the ways to step in. */
export function CallView({
  page,
  feed,
  route,
  deps,
  name,
}: ViewProps & Readonly<{ name: string }>) {
  const [call] = useState(
    () => new CallPage({ ...deps, client: createCallsClient(deps.fetchJson) }, name),
  )
  useEffect(() => {
    document.title = `${name} – Calls – Callbox`
    call.facts.open()
    return () => call.facts.close()
  }, [call, name])
  const details = call.facts.details.value
  const problem = call.facts.problem.value
  const mayChange = page.role.value === 'admin'
  return (
    <>
      <TopBar page={page} feed={feed} route={route} />
      <main class={`dashboard calls ${problem === undefined ? '' : 'is-stale'}`}>
        <div class="turn-head">
          <p class="small">
            <SectionLink route={route} to="calls" class="call-name">
              All calls
            </SectionLink>
          </p>
          <h1 class="call-title">{name}</h1>
          {details && <Head call={call} details={details} mayChange={mayChange} />}
          <StaleNotice problem={problem} hasFacts={details !== undefined} />
        </div>
        {details && (
          <>
            <Findings findings={details.findings} route={route} />
            <Participants call={call} details={details} mayChange={mayChange} />
            <Timeline details={details} />
          </>
        )}
        {!details && problem === undefined && <p class="soft">One moment …</p>}
      </main>
    </>
  )
}

type HeadProps = Readonly<{ call: CallPage; details: CallDetails; mayChange: boolean }>

function Head({ call, details, mayChange }: HeadProps) {
  const [isEnding, setEnding] = useState(false)
  const { name, startedAtMs, endedAtMs, atMs, participants } = details
  const people = formatCount(participants.length, 'person', 'people')
  const lasts = formatDuration(((endedAtMs ?? atMs) - startedAtMs) / 1000)
  const isRunning = endedAtMs === undefined
  return (
    <div class="call-head">
      <p class="figures" data-testid="call-state">
        {isRunning ? (
          <>
            <span class="badge ok">
              <span class="pulse" /> Running
            </span>{' '}
            {people} · for {lasts}
          </>
        ) : (
          `Ended ${formatDateTime(endedAtMs)}, after ${lasts}`
        )}
      </p>
      <a class="button" href={recordPath(name)} download data-testid="record">
        Download the record
      </a>
      {isRunning && mayChange && (
        <button type="button" class="button danger" onClick={() => setEnding(true)}>
          End the call …
        </button>
      )}
      {isEnding && (
        <Confirm
          title={`End ${name}?`}
          action="End the call"
          isDanger
          act={() => call.end()}
          onClose={() => setEnding(false)}
        >
          <p>The call ends at once for {people}. Whoever has a link to it may start it again.</p>
        </Confirm>
      )}
    </div>
  )
}
