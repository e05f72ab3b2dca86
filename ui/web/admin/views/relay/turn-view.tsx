import { useEffect, useState } from 'preact/hooks'
import type { TurnDetails } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import { tryDoorInBrowser } from '../../state/relay-trial.ts'
import type { Route } from '../../state/route.ts'
import { createTurnClient } from '../../state/turn-client.ts'
import { TurnPage } from '../../state/turn-page.ts'
import type { ViewDeps, ViewProps } from '../../state/view-deps.ts'
import { SectionLink } from '../section-link.tsx'
import { TopBar } from '../top-bar.tsx'
import { Allocations } from './allocations.tsx'
import { BrowserTest } from './browser-test.tsx'
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
        {details ? (
          <Parts turn={turn} details={details} route={route} />
        ) : (
          <Waiting isStuck={problem} />
        )}
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

type PartsProps = Readonly<{ turn: TurnPage; details: TurnDetails; route: Route }>

function Parts({ turn, details, route }: PartsProps) {
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
      <section class="card stack" id="connect" aria-labelledby="connect-title">
        <h2 id="connect-title">Connect your chat server</h2>
        <p class="prose">
          What to enter in Mattermost, Matrix, Nextcloud, Jitsi and others, and a test of it:{' '}
          <SectionLink route={route} to="connect" class="link">
            point your chat server here
          </SectionLink>
          .
        </p>
      </section>
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
