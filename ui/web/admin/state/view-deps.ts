import type { AdminPage } from './admin-page.ts'
import type { LiveFeed } from './live-feed.ts'
import type { PollDeps } from './polled-facts.ts'
import type { Route } from './route.ts'

/** What every part of the page gets. */
export type ViewProps = Readonly<{
  page: AdminPage
  feed: LiveFeed
  route: Route
  deps: ViewDeps
}>

/** What parts of the page make their state from. */
export type ViewDeps = PollDeps & Readonly<{ fetchJson: typeof fetch }>
