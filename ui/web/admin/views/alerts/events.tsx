import type { AlertDetails } from '#api'
import { deliveryWords } from '../../state/alerts-wording.ts'
import { formatDateTime } from '../../state/format.ts'

/** The latest changes. */
const SHOWN = 30

/** What fired and what was over, and who was told. */
export function Events({ details: { events } }: Readonly<{ details: AlertDetails }>) {
  return (
    <section class="card stack" aria-labelledby="events-title" data-testid="events">
      <h2 id="events-title">What changed</h2>
      {events.length === 0 ? (
        <p class="soft">Nothing has fired yet.</p>
      ) : (
        <ol class="alert-events">
          {events.slice(0, SHOWN).map((event) => (
            <li key={`${event.atMs} ${event.id}`}>
              <span class="soft small figures">{formatDateTime(event.atMs)}</span>
              <div>
                <p>
                  <strong>{event.change === 'firing' ? 'Fired' : 'Over'}:</strong> {event.title} (
                  {event.value})
                </p>
                <p class="soft small">{deliveryWords(event)}</p>
              </div>
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}
