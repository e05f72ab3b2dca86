import { Accounts } from './accounts/accounts.ts'
import { Register } from './accounts/register.ts'
import { SecondFactor } from './accounts/second-factor.ts'
import { Tokens } from './accounts/tokens.ts'
import { Attempts } from './attempts.ts'
import { AuditLog } from './audit-log.ts'
import { createMemoryAuditStore } from './audit-store.ts'
import type { UiDeps } from './deps.ts'
import { createPasswordHasher } from './password.ts'
import { createSourceFinder, type SourceFinder } from './request-source.ts'
import { Sessions } from './sessions.ts'

/** What the routes and the dashboard's WebSocket share. */
export type Services = Readonly<{
  deps: UiDeps
  accounts: Accounts
  secondFactor: SecondFactor
  tokens: Tokens
  sessions: Sessions
  attempts: Attempts
  auditLog: AuditLog
  findSource: SourceFinder
}>

/** Builds them. Throws when the accounts or a trusted proxy's address are unreadable. */
export function createServices(deps: UiDeps): Services {
  const { clock, random, log } = deps
  const register = new Register(deps.adminStore, log)
  const shared = { register, clock, random }
  const accounts = new Accounts({ ...shared, hasher: createPasswordHasher(random) })
  const store = deps.auditStore ?? createMemoryAuditStore()
  return {
    deps,
    accounts,
    secondFactor: new SecondFactor({ ...shared, host: new URL(deps.publicOrigin).hostname }),
    tokens: new Tokens({ ...shared, builtIn: deps.apiToken }),
    sessions: new Sessions({
      clock,
      random,
      store: deps.sessionStore,
      accountOf: (id) => accounts.find(id),
    }),
    attempts: new Attempts(deps.attemptLimits),
    auditLog: new AuditLog({ store, clock, log }),
    findSource: createSourceFinder(deps.trustedProxies ?? []),
  }
}
