import { useEffect, useState } from 'preact/hooks'
import { Icon } from '../../../shared/icons.tsx'
import { AuditList } from '../../state/audit-list.ts'
import { createUsersClient } from '../../state/users-client.ts'
import { UsersPage } from '../../state/users-page.ts'
import type { ViewProps } from '../../state/view-deps.ts'
import { TopBar } from '../top-bar.tsx'
import { Accounts } from './accounts.tsx'
import { AuditLog } from './audit-log.tsx'
import { OwnAccount } from './own-account.tsx'
import { Sessions } from './sessions.tsx'
import { Tokens } from './tokens.tsx'

/** Who may do what here, and who did it; a viewer sees what is their own. */
export function UsersView({ page, feed, route, deps }: ViewProps) {
  const [users] = useState(() => {
    const client = createUsersClient(deps.fetchJson)
    return new UsersPage({ ...deps, client, renewLogin: () => page.isLoggedIn() })
  })
  const [audit] = useState(
    () => new AuditList({ ...deps, client: createUsersClient(deps.fetchJson) }),
  )
  useEffect(() => {
    document.title = 'Users – Callbox'
    users.open()
    return () => users.close()
  }, [users])
  const details = users.details.value
  const problem = users.problem.value
  const isAdmin = page.role.value === 'admin'
  return (
    <>
      <TopBar page={page} feed={feed} route={route} />
      <main class={`dashboard users ${problem === undefined ? '' : 'is-stale'}`}>
        <div class="turn-head">
          <h1>Users</h1>
          <p class="soft prose">
            Admins change everything. Viewers look, and are shown no secret. What is changed here
            takes effect at once.
          </p>
          <div role="status">
            {problem !== undefined && (
              <p class="notice warn" data-testid="users-problem">
                <Icon name="alert" />
                <span>{problem}</span>
              </p>
            )}
          </div>
        </div>
        {details === undefined ? (
          problem === undefined && <p class="soft">One moment …</p>
        ) : (
          <>
            <div class="halves">
              <OwnAccount users={users} details={details} />
              <Sessions users={users} details={details} />
            </div>
            {isAdmin && (
              <>
                <div class="halves">
                  <Accounts users={users} details={details} />
                  <Tokens users={users} details={details} />
                </div>
                <AuditLog audit={audit} />
              </>
            )}
          </>
        )}
      </main>
    </>
  )
}
