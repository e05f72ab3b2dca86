import type { Router } from '@koa/router'
import { z } from 'zod'
import { accountDetails } from '../account-details.ts'
import { accountNameSchema, passwordSchema, plainName, roleSchema } from '../accounts/input.ts'
import { audit } from '../audit.ts'
import { refuse, stillHolds, type UiContext, type UiState } from '../context.ts'
import type { AccountRecord } from '../deps.ts'
import type { FaultCode } from '../faults.ts'
import { parseInput } from '../input.ts'
import { jsonBody } from '../middleware/json-body.ts'
import { mayChange } from '../middleware/may-change.ts'
import { requireSession } from '../middleware/session.ts'
import type { Services } from '../services.ts'

const ROOT = '/api/admin/accounts'

const newSchema = z.object({ name: accountNameSchema, role: roleSchema, password: passwordSchema })
const roleOnlySchema = z.object({ role: roleSchema })
const passwordOnlySchema = z.object({ password: passwordSchema })

/** Who may log in. What is taken from an account ends its log-ins at once. */
export function adminAccountRoutes(router: Router<UiState>, services: Services): void {
  const { accounts, sessions } = services
  router.get(ROOT, requireSession(sessions), (ctx) => {
    ctx.body = accountDetails(ctx, services)
  })
  router.post(ROOT, ...mayChange(services), jsonBody, async (ctx) => {
    const body = parseInput(ctx, newSchema, ctx.request.body)
    if (!body) return
    const fault = await accounts.add(body, () => stillHolds(ctx))
    if (fault) return refuse(ctx, fault)
    audit(ctx, services, 'account.created', `made the account ${body.name}, ${body.role}`)
    ctx.body = accountDetails(ctx, services)
  })
  router.delete(`${ROOT}/:name`, ...mayChange(services), (ctx) => {
    const other = otherAccount(services, ctx, ctx.params['name'])
    if (!other) return
    const fault = accounts.remove(other.id) ?? takeAway(services, other)
    finish(services, ctx, fault, ['account.removed', `removed the account ${other.name}`])
  })
  changeRoutes(router, services)
}

function changeRoutes(router: Router<UiState>, services: Services): void {
  const { accounts, sessions, secondFactor } = services
  router.post(`${ROOT}/:name/role`, ...mayChange(services), jsonBody, (ctx) => {
    const other = otherAccount(services, ctx, ctx.params['name'])
    const body = other && parseInput(ctx, roleOnlySchema, ctx.request.body)
    if (!body) return
    const fault = accounts.setRole(other.id, body.role) ?? takeAway(services, other)
    finish(services, ctx, fault, ['account.role', `made ${other.name} ${body.role}`])
  })
  router.post(`${ROOT}/:name/password`, ...mayChange(services), jsonBody, async (ctx) => {
    const other = otherAccount(services, ctx, ctx.params['name'])
    const body = other && parseInput(ctx, passwordOnlySchema, ctx.request.body)
    if (!body) return
    const fault = await accounts.setPassword(other.id, body.password, () => stillHolds(ctx))
    if (!fault) sessions.endAllOf(other.id)
    finish(services, ctx, fault, [
      'account.password',
      `gave the account ${other.name} a new password`,
    ])
  })
  router.delete(`${ROOT}/:name/totp`, ...mayChange(services), (ctx) => {
    const other = otherAccount(services, ctx, ctx.params['name'])
    if (!other) return
    const fault = secondFactor.remove(other.id)
    finish(services, ctx, fault, [
      'account.totp.off',
      `asks ${other.name} for no more one-time codes`,
    ])
  })
}

/** Ends what an account has: its log-ins, and the tokens that it made. */
function takeAway({ sessions, tokens }: Services, { id, name }: AccountRecord) {
  sessions.endAllOf(id)
  return tokens.revokeOf(name)
}

function finish(
  services: Services,
  ctx: UiContext,
  fault: FaultCode | undefined,
  [action, text]: readonly [string, string],
): void {
  if (fault) {
    refuse(ctx, fault)
    return
  }
  audit(ctx, services, action, text)
  ctx.body = accountDetails(ctx, services)
}

/** The account that the address names, unless it is the caller's own; refuses then. */
function otherAccount(
  { accounts }: Services,
  ctx: UiContext,
  name = '',
): AccountRecord | undefined {
  const account = accounts.named(plainName(name))
  if (!account) refuse(ctx, 'ACCOUNT_UNKNOWN')
  else if (account.id === ctx.state.login?.session?.accountId) refuse(ctx, 'OWN_ACCOUNT')
  else return account
  return undefined
}
