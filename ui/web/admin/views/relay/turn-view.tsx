import { useEffect, useState } from 'preact/hooks'
import type { TurnDetails } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import { tryDoorInBrowser } from '../../state/relay-trial.ts'
import { createTurnClient } from '../../state/turn-client.ts'
import { TurnPage } from '../../state/turn-page.ts'
import type { ViewDeps, ViewProps } from '../../state/view-deps.ts'
import { TopBar } from '../top-bar.tsx'
import { Allocations } from './allocations.tsx'
import { BrowserTest } from './browser-test.tsx'
import { Connect } from './connect.tsx'
import { DeniedPeers } from './denied-peers.tsx'
import { DenyProbe } from './deny-probe.tsx'
import { Refusals } from './refusals.tsx'
import { Secrets } from './secrets.tsx'
import { SelfTest } from './self-test.tsx'

/** Everything about the relay: whether it works, who uses it, whom it refuses, how to connect to it. */
export function TurnView({ page, feed, route, deps }: ViewProps) {
  const [turn] = useState(() => createTurnPage(deps))
  useEffect(() => {
    document.title = 'TURN – Callbox'
    turn.open()
    return () => turn.close()
  }, [turn])
  const details = turn.details.value
  const problem = turn.problem.value
  return (
    <>
      <TopBar page={page} feed={feed} route={route} />
      <main class={`dashboard turn ${problem === undefined ? '' : 'is-stale'}`}>
        <div class="turn-head">
          <h1>TURN</h1>
          <p class="soft prose">
            The relay that calls take when a network lets them through no other way.
          </p>
          <div role="status">
            {problem !== undefined && (
              <p class="notice warn" data-testid="turn-problem">
                <Icon name="alert" />
                <span>
                  {problem}
                  {details && ' What you see is from before.'}
                </span>
              </p>
            )}
          </div>
        </div>
        {details ? <Parts turn={turn} details={details} /> : <Waiting isStuck={problem} />}
      </main>
    </>
  )
}

function Waiting({ isStuck }: { isStuck: string | undefined }) {
  return isStuck === undefined ? <p class="soft">Waiting for the first figures …</p> : null
}

const PARTS = [
  ['health', 'Health'],
  ['allocations', 'Allocations'],
  ['refusals', 'Refusals'],
  ['secrets', 'Secrets'],
  ['connect', 'Connect your chat server'],
] as const

function Parts({ turn, details }: Readonly<{ turn: TurnPage; details: TurnDetails }>) {
  return (
    <>
      <nav aria-label="On this page">
        <ul class="part-links small">
          {PARTS.map(([id, name]) => (
            <li key={id}>
              <a href={`#${id}`}>{name}</a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="halves" id="health">
        <SelfTest turn={turn} details={details} />
        <div class="column">
          <BrowserTest turn={turn} />
          <DenyProbe details={details} />
        </div>
      </div>
      <Allocations turn={turn} details={details} />
      <div class="halves" id="refusals">
        <DeniedPeers details={details} />
        <Refusals details={details} />
      </div>
      <Secrets turn={turn} details={details} />
      <Connect turn={turn} details={details} />
    </>
  )
}

function createTurnPage(deps: ViewDeps): TurnPage {
  return new TurnPage({
    ...deps,
    client: createTurnClient(deps.fetchJson),
    tryDoor: tryDoorInBrowser,
  })
}
