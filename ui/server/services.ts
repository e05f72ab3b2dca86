import { AdminAccount } from './admin-account.ts'
import { Attempts } from './attempts.ts'
import type { UiDeps } from './deps.ts'
import { createSourceFinder, type SourceFinder } from './request-source.ts'
import { Sessions } from './sessions.ts'

/** What the routes and the dashboard's WebSocket share. */
export type Services = Readonly<{
  deps: UiDeps
  account: AdminAccount
  sessions: Sessions
  attempts: Attempts
  findSource: SourceFinder
}>

/** Builds them. Throws when the admin's record or a trusted proxy's address is unreadable. */
export function createServices(deps: UiDeps): Services {
  return {
    deps,
    account: new AdminAccount(deps.adminStore, deps.random),
    sessions: deps.sessions ?? new Sessions(deps.clock, deps.random),
    attempts: new Attempts(),
    findSource: createSourceFinder(deps.trustedProxies ?? []),
  }
}
