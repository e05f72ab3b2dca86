import { useState } from 'preact/hooks'
import { Brand, Icon } from '../../shared/icons.tsx'
import type { AdminPage } from '../state/admin-page.ts'
import type { Connection, LiveFeed } from '../state/live-feed.ts'
import type { Route } from '../state/route.ts'
import { SIDE_BAR_ID } from './frame/side-bar.tsx'
import { JoinLinkButton } from './join-link.tsx'

export type TopBarProps = Readonly<{ page: AdminPage; feed: LiveFeed; route: Route }>

/** Whether the figures are live, which machine it is, who is logged in; and what one does from anywhere. */
export function TopBar({ page, feed }: TopBarProps) {
  const [fault, setFault] = useState('')
  const status = feed.status.value
  const logOut = async () => setFault((await page.logOut()) ?? '')
  return (
    <header class="top-bar">
      <button type="button" class="button plain icon menu-button" popovertarget={SIDE_BAR_ID}>
        <Icon name="menu" />
        <span class="visually-hidden">Menu</span>
      </button>
      <span class="top-brand">
        <Brand />
      </span>
      <ConnectionBadge connection={feed.connection.value} />
      {status && <p class="soft small top-facts">{status.address.announced}</p>}
      <div class="top-actions">
        {page.role.value === 'admin' && <JoinLinkButton page={page} />}
        <span class="soft small account">
          <span class="visually-hidden">Logged in as </span>
          {page.account.value?.name}
        </span>
        <button type="button" class="button plain" onClick={() => void logOut()}>
          Log out
        </button>
      </div>
      {page.role.value === 'viewer' && (
        <p class="soft small viewer-note" data-testid="viewer">
          You are a viewer: you can look, and change nothing but your own account. For more, log in
          as an admin.
        </p>
      )}
      <p role="alert" class="top-fault">
        {fault}
      </p>
    </header>
  )
}

/** Whether the figures are current. */
export function ConnectionBadge({ connection }: { connection: Connection }) {
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
