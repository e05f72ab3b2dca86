import { useState } from 'preact/hooks'
import { Brand, Icon } from '../../shared/icons.tsx'
import type { AdminPage } from '../state/admin-page.ts'
import { formatDuration } from '../state/format.ts'
import type { Connection, LiveFeed } from '../state/live-feed.ts'
import { type Route, SECTIONS } from '../state/route.ts'
import { JoinLinkButton } from './join-link.tsx'
import { SectionLink } from './section-link.tsx'

export type TopBarProps = Readonly<{ page: AdminPage; feed: LiveFeed; route: Route }>

/** Where one is, who runs, since when, whether the figures are live; and the two actions. */
export function TopBar({ page, feed, route }: TopBarProps) {
  const [fault, setFault] = useState('')
  const status = feed.status.value
  const logOut = async () => setFault((await page.logOut()) ?? '')
  return (
    <header class="top-bar">
      <Brand />
      <nav class="sections" aria-label="Admin">
        {SECTIONS.map(({ section, label }) => (
          <SectionLink key={section} route={route} to={section} class="section-link">
            {label}
          </SectionLink>
        ))}
      </nav>
      <ConnectionBadge connection={feed.connection.value} />
      {status && (
        <p class="soft small figures top-facts">
          Version {status.version} · up {formatDuration(status.uptimeSeconds)}
        </p>
      )}
      <div class="top-actions">
        {page.role.value === 'admin' && <JoinLinkButton page={page} />}
        <button type="button" class="button plain" onClick={() => void logOut()}>
          Log out
        </button>
      </div>
      <p role="alert" class="top-fault">
        {fault}
      </p>
    </header>
  )
}

function ConnectionBadge({ connection }: { connection: Connection }) {
  if (connection.state === 'live') {
    return (
      <span class="badge ok" data-testid="connection">
        <span class="pulse" /> Live
      </span>
    )
  }
  if (connection.state === 'connecting') {
    return (
      <span class="badge" data-testid="connection">
        Connecting …
      </span>
    )
  }
  return (
    <span class="badge warn" data-testid="connection">
      <Icon name="alert" size={14} /> Not live
    </span>
  )
}
