import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { CertificateAlarm } from '#api'
import { Icon } from '../../shared/icons.tsx'
import { formatTime } from '../state/format.ts'
import type { Connection, LiveFeed } from '../state/live-feed.ts'
import type { Route } from '../state/route.ts'
import { kernelWarnings, verdictOf, type Warning } from '../state/verdict.ts'
import { CopyButton } from './copy-button.tsx'
import { SectionLink } from './section-link.tsx'

/** The line on top: whether all is well, and if not, what to do. */
export function Health({ feed, route }: Readonly<{ feed: LiveFeed; route: Route }>) {
  const status = feed.status.value
  const connection = feed.connection.value
  const verdict = status && verdictOf(status)
  return (
    <section class="health" aria-label="Health">
      <div role="status">
        {connection.state === 'stale' ? (
          <div class="notice warn" data-testid="stale">
            <Icon name="alert" />
            <p>{staleWords(connection)}</p>
          </div>
        ) : (
          verdict && (
            <div class={`notice ${verdict.tone}`} data-testid="verdict">
              <Icon name={verdict.tone === 'ok' ? 'check' : 'alert'} />
              <p>{verdict.text}</p>
            </div>
          )
        )}
      </div>
      {connection.state === 'stale' && <RetryLine connection={connection} feed={feed} />}
      {status?.certificate && <CertificateNotice alarm={status.certificate} route={route} />}
      {status &&
        kernelWarnings(status).map((warning) => <WarningNotice key={warning.id} {...warning} />)}
    </section>
  )
}

function staleWords({ sinceMs }: Connection & { state: 'stale' }): string {
  if (sinceMs === undefined) return 'The server sends no figures.'
  return `The server has sent nothing since ${formatTime(sinceMs)}. What you see is from then.`
}

type RetryLineProps = Readonly<{ connection: Connection & { state: 'stale' }; feed: LiveFeed }>

function RetryLine({ connection: { retryAtMs }, feed }: RetryLineProps) {
  const seconds = useSignal(0)
  useEffect(() => {
    const count = () => {
      seconds.value = Math.max(0, Math.ceil(((retryAtMs ?? 0) - Date.now()) / 1000))
    }
    count()
    const timer = setInterval(count, 500)
    return () => clearInterval(timer)
  }, [retryAtMs, seconds])
  const isTrying = retryAtMs === undefined || seconds.value === 0
  return (
    <p class="retry small">
      <span class="soft figures">
        {isTrying ? 'Trying again …' : `Trying again in ${seconds.value} s.`}
      </span>
      <button type="button" class="button" onClick={() => feed.retryNow()}>
        <Icon name="refresh" size={16} /> Try now
      </button>
    </p>
  )
}

function CertificateNotice({ alarm, route }: Readonly<{ alarm: CertificateAlarm; route: Route }>) {
  const { expired, message, fix } = alarm
  return (
    <div class={`notice ${expired ? 'bad' : 'warn'}`} data-testid="certificate-alarm">
      <Icon name="alert" />
      <p>
        {message} {fix}{' '}
        <SectionLink route={route} to="certificate" class="">
          Certificate
        </SectionLink>
      </p>
    </div>
  )
}

function WarningNotice({ id, text, command }: Warning) {
  return (
    <div class="notice warn" data-testid={id}>
      <Icon name="alert" />
      <div class="stack">
        <p>{text} Run this on the server:</p>
        <div class="command">
          <code>{command}</code>
          <CopyButton text={command} label="Copy command" />
        </div>
      </div>
    </div>
  )
}
