import { useState } from 'preact/hooks'
import type { AlertChannel, AlertDetails } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import type { AlertsPage } from '../../state/alerts-page.ts'
import { formatDateTime } from '../../state/format.ts'
import type { Route } from '../../state/route.ts'
import { AdminOnly } from '../admin-only.tsx'
import { SectionLink } from '../section-link.tsx'

type Props = Readonly<{ alerts: AlertsPage; details: AlertDetails; route: Route }>

/** Where alerts are sent, whether that works, and a test. */
export function Channels({ alerts, details: { channels }, route }: Props) {
  const [fault, setFault] = useState('')
  const isTesting = alerts.isTesting.value
  const test = async () => setFault((await alerts.test()) ?? '')
  return (
    <section class="card stack" aria-labelledby="channels-title" data-testid="channels">
      <div class="card-head">
        <h2 id="channels-title">Sent to</h2>
        {channels.length > 0 && (
          <AdminOnly>
            <button
              type="button"
              class="button"
              aria-disabled={isTesting}
              onClick={() => void (isTesting || test())}
            >
              <Icon name="send" size={16} /> {isTesting ? 'Sending …' : 'Send a test'}
            </button>
          </AdminOnly>
        )}
      </div>
      <p role="alert" class="fault">
        {fault}
      </p>
      <Answers alerts={alerts} />
      {channels.length === 0 ? (
        <p>
          Nobody is told: alerts show on this page only. Set <code>alerts.mattermost_webhooks</code>
          , <code>alerts.webhooks</code> or <code>alerts.smtp</code> in{' '}
          <SectionLink route={route} to="settings" class="link">
            Settings
          </SectionLink>
          .
        </p>
      ) : (
        <ul class="checks">
          {channels.map((channel) => (
            <Channel key={channel.name} {...channel} />
          ))}
        </ul>
      )}
    </section>
  )
}

/** How each channel took the latest test. */
function Answers({ alerts }: Readonly<{ alerts: AlertsPage }>) {
  const answers = alerts.answers.value
  const failed = answers.filter(({ ok }) => !ok)
  return (
    <p role="status" data-testid="test-answers">
      {answers.length > 0 &&
        (failed.length === 0
          ? 'The test was taken everywhere.'
          : `The test was not taken by ${failed.map(({ channel, detail }) => `${channel}: ${detail}`).join('; ')}.`)}
    </p>
  )
}

function Channel({ name, target, last }: AlertChannel) {
  const tone = last === undefined ? '' : last.ok ? 'ok' : 'bad'
  return (
    <li data-testid={`channel-${name}`}>
      <span class={`badge ${tone}`}>
        {last && <Icon name={last.ok ? 'check' : 'alert'} size={13} />}
        {last === undefined ? 'Not used' : last.ok ? 'Works' : 'Fails'}
      </span>
      <div>
        <strong>{name}</strong> <span class="soft">{target}</span>
        {last && (
          <p class="soft small">
            {formatDateTime(last.atMs)}: {last.detail}
          </p>
        )}
      </div>
    </li>
  )
}
