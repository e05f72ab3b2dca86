import { useState } from 'preact/hooks'
import { Icon } from '../../../shared/icons.tsx'
import type { ConnectPage } from '../../state/connect-page.ts'
import type { CallOutcome } from '../../state/sfu-trial.ts'
import type { TurnPage } from '../../state/turn-page.ts'
import { formatRoundTrip } from '../../state/turn-wording.ts'
import { AdminOnly } from '../admin-only.tsx'
import { BrowserTest } from '../relay/browser-test.tsx'

type Props = Readonly<{ connect: ConnectPage; turn: TurnPage }>

/** What the admin's own browser reaches, firewalls on the way included. */
export function FromHere({ connect, turn }: Props) {
  return (
    <>
      <p class="soft prose">
        From where you are now, as somebody in a call. Best from the network that has trouble.
      </p>
      <div class="halves">
        <CallTest connect={connect} />
        <BrowserTest turn={turn} title="The relay" />
      </div>
    </>
  )
}

function CallTest({ connect }: { connect: ConnectPage }) {
  const [fault, setFault] = useState('')
  const call = connect.session.call.value
  const isRunning = call === 'running'
  const run = async () => setFault((await connect.tryCall()) ?? '')
  return (
    <section class="card stack" aria-labelledby="call-test-title" data-testid="call-test">
      <div class="card-head">
        <h2 id="call-test-title">A call to this server</h2>
        <AdminOnly>
          <button
            type="button"
            class="button"
            aria-disabled={isRunning}
            onClick={() => void (isRunning || run())}
          >
            {isRunning ? 'Trying …' : 'Try a call from here'}
          </button>
        </AdminOnly>
      </div>
      <p role="alert" class="fault">
        {fault}
      </p>
      <div role="status">
        {typeof call === 'object' ? (
          <Outcome call={call} />
        ) : (
          <p class="soft">
            Joins a room that nobody sees, sends one message, and says by which path it went.
            Neither microphone nor camera is used.
          </p>
        )}
      </div>
    </section>
  )
}

function Outcome({ call: { signal, media } }: { call: CallOutcome }) {
  return (
    <ul class="checks">
      <Row id="signal" ok={signal.ok} title="LiveKit address by WebSocket">
        {signal.ok ? (
          <span class="figures">after {formatRoundTrip(signal.milliseconds)}</span>
        ) : (
          signal.reason
        )}
      </Row>
      {media && (
        <Row id="media" ok={media.ok} title={media.ok ? media.path : 'Media'}>
          {media.ok ? `To ${media.to}. ${media.meaning}` : media.reason}
        </Row>
      )}
    </ul>
  )
}

type RowProps = Readonly<{
  id: string
  ok: boolean
  title: string
  children: preact.ComponentChildren
}>

function Row({ id, ok, title, children }: RowProps) {
  return (
    <li data-testid={`call-${id}`}>
      <span class={`badge ${ok ? 'ok' : 'bad'}`}>
        <Icon name={ok ? 'check' : 'alert'} size={13} />
        {ok ? 'Reached' : 'Fails'}
      </span>
      <div>
        <strong>{title}</strong>
        <p>{children}</p>
      </div>
    </li>
  )
}
