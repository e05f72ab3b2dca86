import { useState } from 'preact/hooks'
import type { CallDetails, CallEvent } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import { eventsOf, eventWords, nameOf, peopleOf } from '../../state/call-wording.ts'
import { formatTime } from '../../state/format.ts'

/** So many lines are read at once; the others on demand. */
const FIRST_LINES = 50

/** What happened in a call, the latest first, of all or of one person. */
export function Timeline({ details }: Readonly<{ details: CallDetails }>) {
  const [identity, setIdentity] = useState('')
  const [showsAll, setShowsAll] = useState(false)
  const events = eventsOf(details.events, identity)
  const shown = showsAll ? events : events.slice(0, FIRST_LINES)
  return (
    <section class="card stack" aria-labelledby="events-title" data-testid="timeline">
      <div class="card-head">
        <h2 id="events-title">What happened</h2>
        <select
          class="input event-filter"
          aria-label="Show what happened to"
          value={identity}
          onChange={(event) => setIdentity(event.currentTarget.value)}
        >
          <option value="">Everybody</option>
          {peopleOf(details).map((person) => (
            <option key={person.identity} value={person.identity}>
              {person.name}
            </option>
          ))}
        </select>
      </div>
      {events.length === 0 && <p class="soft">Nothing yet.</p>}
      <ol class="timeline">
        {shown.map((event) => (
          <Line
            key={`${event.atMs} ${event.type} ${event.who?.identity} ${event.text}`}
            {...event}
          />
        ))}
      </ol>
      {shown.length < events.length && (
        <button type="button" class="button" onClick={() => setShowsAll(true)}>
          Show all {events.length}
        </button>
      )}
    </section>
  )
}

function Line({ atMs, type, who, text }: CallEvent) {
  const { word, tone } = eventWords(type)
  return (
    <li data-testid="event">
      <time class="soft small figures" dateTime={new Date(atMs).toISOString()}>
        {formatTime(atMs)}
      </time>
      <span class={`badge ${tone}`}>
        {tone !== '' && <Icon name="alert" size={12} />} {word}
      </span>
      <span class="event-text">
        {who && <strong>{nameOf(who)}</strong>} {text}
      </span>
    </li>
  )
}
