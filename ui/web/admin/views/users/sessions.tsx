import { useState } from 'preact/hooks'
import type { LoginSession } from '#api'
import { formatDateTime } from '../../state/format.ts'
import type { UsersProps } from './own-account.tsx'

/** The browsers that are logged in, and how to end that. */
export function Sessions({ users, details }: UsersProps) {
  const [fault, setFault] = useState('')
  const { sessions, own } = details
  const act = async (work: Promise<string | undefined>) => setFault((await work) ?? '')
  const hasOthers = sessions.some(({ account, isOwn }) => account === own.name && !isOwn)
  return (
    <section class="card stack" aria-labelledby="sessions-title" data-testid="sessions">
      <h2 id="sessions-title">Logged in now</h2>
      <p class="soft small prose">
        A log-in ends after 12 hours without use, and after 30 days in any case.
      </p>
      <ul class="user-list">
        {sessions.map((session) => (
          <Session
            key={session.id}
            session={session}
            isMine={session.account === own.name}
            end={() => void act(users.endSession(session.id))}
          />
        ))}
      </ul>
      <p role="alert" class="fault">
        {fault}
      </p>
      {hasOthers && (
        <div>
          <button type="button" class="button" onClick={() => void act(users.endOtherSessions())}>
            End all your other log-ins
          </button>
        </div>
      )}
    </section>
  )
}

type SessionProps = Readonly<{ session: LoginSession; isMine: boolean; end: () => void }>

function Session({ session, isMine, end }: SessionProps) {
  const { account, browser, address, openedAtMs, usedAtMs, isOwn } = session
  const what = `${browser || 'Unknown browser'} at ${address}`
  return (
    <li data-testid="session">
      <div>
        <p>
          {!isMine && <strong>{account}: </strong>}
          {what} {isOwn && <span class="badge ok">this one</span>}
        </p>
        <p class="soft small">
          Since {formatDateTime(openedAtMs)}, used {formatDateTime(usedAtMs)}
        </p>
      </div>
      {!isOwn && (
        <button
          type="button"
          class="button small-button"
          aria-label={`End the log-in of ${account}, ${what}`}
          onClick={end}
        >
          End
        </button>
      )}
    </li>
  )
}
