import type { Account, AccountDetails, LoginSession } from '#api'
import { shown } from './accounts/accounts.ts'
import type { UiContext } from './context.ts'
import type { SessionRecord } from './deps.ts'
import type { Services } from './services.ts'

/** What the users page shows to the caller: everything to an admin, their own to a viewer. */
export function accountDetails(ctx: UiContext, services: Services): AccountDetails {
  const { accounts, sessions, tokens, deps } = services
  const { login } = ctx.state
  const accountId = login?.session?.accountId
  const record = accountId === undefined ? undefined : accounts.find(accountId)
  const own = record ? shown(record) : scriptAs(login?.by ?? '', login?.role ?? 'viewer')
  const isAdmin = login?.role === 'admin'
  const visible = isAdmin ? sessions.list() : accountId ? sessions.list(accountId) : []
  return {
    atMs: deps.clock.unixMs(),
    own,
    recoveryCodesLeft: record?.totp?.recovery.length,
    accounts: isAdmin ? accounts.list() : [own],
    sessions: visible.map((each) => shownSession(services, each, login?.session?.id)),
    tokens: isAdmin ? tokens.list() : [],
  }
}

function shownSession(
  { accounts }: Services,
  { id, accountId, openedAtMs, usedAtMs, address, browser }: SessionRecord,
  ownId: string | undefined,
): LoginSession {
  const account = accounts.find(accountId)?.name ?? ''
  return { id, account, openedAtMs, usedAtMs, address, browser, isOwn: id === ownId }
}

/** A script has no account; it is shown as what it may do. */
function scriptAs(name: string, role: Account['role']): Account {
  return { name, role, createdAtMs: 0, lastLoginAtMs: undefined, hasTotp: false }
}
