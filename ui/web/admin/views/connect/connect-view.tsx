import { useEffect, useState } from 'preact/hooks'
import type { ConnectDetails } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import { PRODUCTS } from '../../snippets/products.ts'
import { createConnectClient } from '../../state/connect-client.ts'
import { ConnectPage } from '../../state/connect-page.ts'
import { connectSession } from '../../state/connect-session.ts'
import { testsFor, testVerdict } from '../../state/connect-steps.ts'
import { tryDoorInBrowser } from '../../state/relay-trial.ts'
import { tryCallInBrowser } from '../../state/sfu-trial.ts'
import { createTurnClient } from '../../state/turn-client.ts'
import { TurnPage } from '../../state/turn-page.ts'
import type { ViewDeps, ViewProps } from '../../state/view-deps.ts'
import { TopBar } from '../top-bar.tsx'
import { FromHere } from './from-here.tsx'
import { LivekitKeys } from './livekit-keys.tsx'
import { ProductTabs } from './product-tabs.tsx'
import { ServerTests } from './server-tests.tsx'
import { Step } from './step.tsx'
import { Values } from './values.tsx'

/** What chat servers are to be told, step by step, and whether it works. */
export function ConnectView({ page, feed, route, deps }: ViewProps) {
  const [{ connect, turn }] = useState(() => createPages(deps))
  useEffect(() => {
    document.title = 'Connect – Callbox'
    connect.open()
    turn.open()
    return () => {
      connect.close()
      turn.close()
    }
  }, [connect, turn])
  const details = connect.details.value
  const problem = connect.problem.value
  return (
    <>
      <TopBar page={page} feed={feed} route={route} />
      <main class={`dashboard turn connect ${problem === undefined ? '' : 'is-stale'}`}>
        <div class="turn-head">
          <h1>Connect</h1>
          <p class="soft prose">
            Point your chat server here: choose what you connect, enter the values there, and see
            from both sides that it works.
          </p>
          <div role="status">
            {problem !== undefined && (
              <p class="notice warn" data-testid="connect-problem">
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
          <>
            <Steps connect={connect} turn={turn} details={details} />
            <LivekitKeys connect={connect} details={details} route={route} />
          </>
        ) : (
          problem === undefined && <p class="soft">One moment …</p>
        )}
      </main>
    </>
  )
}

type StepsProps = Readonly<{ connect: ConnectPage; turn: TurnPage; details: ConnectDetails }>

function Steps({ connect, turn, details }: StepsProps) {
  const { session } = connect
  const chosen = PRODUCTS.find(({ id }) => id === session.product.value)
  const product = chosen ?? PRODUCTS[0]
  if (!product) return null
  const tests = testsFor(product.uses, details.tests)
  const isTested = tests.length > 0 && testVerdict(tests).ok
  const isPasted = session.pasted.value.has(product.id)
  const call = session.call.value
  const isCalled = typeof call === 'object' && call.media?.ok === true
  return (
    <div class="connect-steps" data-testid="connect">
      <Step number={1} title="Choose what you connect" isDone={chosen !== undefined}>
        <ProductTabs chosen={product.id} onChoose={(id) => session.choose(id)} />
      </Step>
      <Step number={2} title={`Enter the values in ${product.name}`} isDone={isPasted}>
        <Values connect={connect} turn={turn} details={details} product={product} />
        <label class="check">
          <input
            type="checkbox"
            checked={isPasted}
            onChange={(event) => {
              session.choose(product.id)
              session.markPasted(product.id, event.currentTarget.checked)
            }}
          />
          I have entered them and saved.
        </label>
      </Step>
      <Step number={3} title="Try it as the chat server does" isDone={isTested}>
        <ServerTests connect={connect} details={details} tests={tests} />
      </Step>
      <Step number={4} title="Try it from your browser" isDone={isCalled}>
        <FromHere connect={connect} turn={turn} />
      </Step>
    </div>
  )
}

function createPages(deps: ViewDeps): Readonly<{ connect: ConnectPage; turn: TurnPage }> {
  const connect = new ConnectPage({
    ...deps,
    client: createConnectClient(deps.fetchJson),
    tryCall: tryCallInBrowser,
    session: connectSession,
    origin: location.origin,
  })
  const client = createTurnClient(deps.fetchJson)
  return { connect, turn: new TurnPage({ ...deps, client, tryDoor: tryDoorInBrowser }) }
}
