import { useState } from 'preact/hooks'
import { Icon } from '../../../shared/icons.tsx'
import { formatDateTime } from '../../state/format.ts'
import type { SettingsPage } from '../../state/settings-page.ts'
import { moveOf, savedValue } from '../../state/settings-wording.ts'
import { Confirm } from '../confirm.tsx'

type Props = Readonly<{ settings: SettingsPage; mayChange: boolean }>

/** What waits for a restart, that one is under way, and how the last one went. */
export function RestartNotices({ settings, mayChange }: Props) {
  const [isAsking, setAsking] = useState(false)
  const details = settings.details.value
  if (details === undefined) return null
  const { pending, lastRestart } = details
  const move = moveOf(pending, (path) => savedValue(details, path), location)
  return (
    <>
      <div role="status">
        {settings.isRestarting && (
          <div class="notice" data-testid="restarting">
            <Icon name="refresh" />
            <div>
              <p>The server restarts. This page goes on by itself when it is back.</p>
              {move && <Move {...move} />}
            </div>
          </div>
        )}
        {lastRestart && !settings.isRestarting && <Outcome {...lastRestart} />}
      </div>
      {pending.length > 0 && !settings.isRestarting && (
        <div class="notice warn" data-testid="pending">
          <Icon name="refresh" />
          <div class="stack">
            <p>
              Saved, and not in effect before a restart:{' '}
              {pending.map((path, index) => (
                <span key={path}>
                  {index > 0 && ', '}
                  <code>{path}</code>
                </span>
              ))}
              .
            </p>
            {mayChange && (
              <div>
                <button type="button" class="button" onClick={() => setAsking(true)}>
                  Restart now …
                </button>
              </div>
            )}
          </div>
        </div>
      )}
      {isAsking && (
        <Confirm
          title="Restart the server?"
          action="Restart"
          act={() => settings.restart()}
          onClose={() => setAsking(false)}
        >
          <p>
            Everybody in a call is told, and comes back by themselves after some seconds. When it
            does not start with the new settings, the server goes back to what it runs with now.
          </p>
          {move && <Move {...move} />}
        </Confirm>
      )}
    </>
  )
}

type OutcomeProps = Readonly<{ atMs: number; problem: string | undefined }>

function Outcome({ atMs, problem }: OutcomeProps) {
  if (problem === undefined) {
    return (
      <p class="notice ok" data-testid="restarted">
        <Icon name="check" />
        <span>Restarted at {formatDateTime(atMs)}.</span>
      </p>
    )
  }
  return (
    <div class="notice bad" data-testid="restart-problem">
      <Icon name="alert" />
      <div>
        <p>
          The restart at {formatDateTime(atMs)} did not work, and the server went back to what it
          ran with before.
        </p>
        <p>{problem}</p>
      </div>
    </div>
  )
}

type MoveProps = Readonly<{ url: string | undefined; text: string }>

/** Where the page is after the restart. */
export function Move({ url, text }: MoveProps) {
  return (
    <p class="notice warn" data-testid="move">
      <Icon name="alert" />
      <span>
        {text}
        {url !== undefined && (
          <>
            {' '}
            <a href={url} target="_blank" rel="noreferrer">
              {url}
            </a>
            . See that firewalls and routers let that port through.
          </>
        )}
      </span>
    </p>
  )
}
