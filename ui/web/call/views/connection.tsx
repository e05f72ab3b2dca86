import { Icon, type IconName } from '../../shared/icons.tsx'
import type { Call } from '../state/call-session.ts'
import { describePath, explainPath } from '../state/media-path.ts'
import type { MediaPath, Quality } from '../state/model.ts'

const WORDS: Record<Quality, string> = {
  excellent: 'Good connection',
  good: 'Good connection',
  poor: 'Weak connection',
  lost: 'No connection',
  unknown: 'Connected',
}

const ICONS: Record<Quality, IconName> = {
  excellent: 'signal3',
  good: 'signal3',
  poor: 'signal1',
  lost: 'signal0',
  unknown: 'signal2',
}

/** How good the connection is, in words; pressed, which way media takes. */
export function Connection({ call }: { call: Call }) {
  const measured = call.people.value.find((person) => person.isSelf)?.quality ?? 'unknown'
  const quality = call.phase.value === 'reconnecting' ? 'lost' : measured
  const path = call.media.path.value
  return (
    <>
      <button
        type="button"
        class={`button plain quality ${quality}`}
        data-testid="connection"
        data-quality={quality}
        data-path={path?.kind}
        popovertarget="connection-details"
        title="Connection details"
      >
        <Icon name={ICONS[quality]} size={18} />
        <span class="shrinks">{WORDS[quality]}</span>
      </button>
      <section
        id="connection-details"
        class="card details"
        popover="auto"
        aria-label="Connection details"
      >
        <h2>{WORDS[quality]}</h2>
        {path ? <PathFacts path={path} /> : <p class="soft">Media is not connected yet.</p>}
      </section>
    </>
  )
}

function PathFacts({ path }: { path: MediaPath }) {
  return (
    <>
      <p class="soft small">{explainPath(path.kind)}</p>
      <dl class="facts figures">
        <dt>Path</dt>
        <dd data-testid="path">{describePath(path.kind)}</dd>
        <dt>Round trip</dt>
        <dd>{path.roundTripMs === undefined ? 'not measured yet' : `${path.roundTripMs} ms`}</dd>
        <dt>Server</dt>
        <dd class="mono">{path.remote}</dd>
        <dt>{path.kind.startsWith('turn') ? 'Relayed address' : 'This device'}</dt>
        <dd class="mono">{path.local}</dd>
      </dl>
    </>
  )
}
