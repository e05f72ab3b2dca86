import { useState } from 'preact/hooks'
import { Icon } from '../../../shared/icons.tsx'
import type { Trial, TurnPage } from '../../state/turn-page.ts'
import { doorWord, formatRoundTrip } from '../../state/turn-wording.ts'
import { AdminOnly } from '../admin-only.tsx'

type Props = Readonly<{ turn: TurnPage; title?: string }>

/** Whether the relay can be reached from where the admin is, firewalls on the way included. */
export function BrowserTest({ turn, title = 'From your browser' }: Props) {
  const [fault, setFault] = useState('')
  const trials = turn.trials.value
  const isRunning = trials.some(({ outcome }) => outcome === undefined)
  const run = async () => setFault((await turn.tryFromHere()) ?? '')
  return (
    <section class="card stack" aria-labelledby="browser-test-title" data-testid="browser-test">
      <div class="card-head">
        <h2 id="browser-test-title">{title}</h2>
        <AdminOnly>
          <button
            type="button"
            class="button"
            aria-disabled={isRunning}
            onClick={() => void (isRunning || run())}
          >
            {isRunning ? 'Trying …' : 'Try the relay from here'}
          </button>
        </AdminOnly>
      </div>
      <p role="alert" class="fault">
        {fault}
      </p>
      <div role="status">
        {trials.length === 0 ? (
          <p class="soft">
            Asks the relay for an address by every way in, as a call would. Best from the network
            that has trouble.
          </p>
        ) : (
          <ul class="checks">
            {trials.map((trial) => (
              <Row key={trial.door.url} trial={trial} />
            ))}
          </ul>
        )}
      </div>
    </section>
  )
}

function Row({ trial: { door, outcome } }: { trial: Trial }) {
  return (
    <li data-testid={`trial-${door.transport}`}>
      {outcome === undefined ? (
        <span class="badge">Trying …</span>
      ) : (
        <span class={`badge ${outcome.ok ? 'ok' : 'bad'}`}>
          <Icon name={outcome.ok ? 'check' : 'alert'} size={13} />
          {outcome.ok ? 'Reached' : 'Fails'}
        </span>
      )}
      <div>
        <strong>{doorWord(door.transport)}</strong>{' '}
        {outcome?.ok && <span class="figures">after {formatRoundTrip(outcome.milliseconds)}</span>}
        {outcome?.ok === false && <p>{outcome.reason}</p>}
      </div>
    </li>
  )
}
