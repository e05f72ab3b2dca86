import type { Router } from '@koa/router'
import { z } from 'zod'
import type { RecoveryCodes, TotpOffer } from '#api'
import { accountDetails } from '../account-details.ts'
import { codeSchema, passwordSchema } from '../accounts/input.ts'
import { audit } from '../audit.ts'
import { refuse, stillHolds, type UiContext, type UiState } from '../context.ts'
import type { AccountRecord } from '../deps.ts'
import { parseInput } from '../input.ts'
import { openSession } from '../log-in.ts'
import { limitAttempts } from '../middleware/attempts.ts'
import { jsonBody } from '../middleware/json-body.ts'
import { mayChangeOwn } from '../middleware/may-change.ts'
import { provenOwner } from '../proof.ts'
import type { Services } from '../services.ts'

const ROOT = '/api/admin/own'

const changeSchema = z.object({ password: passwordSchema, next: passwordSchema })
const proofSchema = z.object({ password: passwordSchema })
const confirmSchema = z.object({ code: codeSchema })

/** What people do to their own account: password and log-ins. */
export function adminOwnRoutes(router: Router<UiState>, services: Services): void {
  const { accounts, sessions } = services
  router.post(`${ROOT}/password`, ...mayProve(services), async (ctx) => {
    const body = parseInput(ctx, changeSchema, ctx.request.body)
    const own = body && (await provenOwner(services, ctx, body.password))
    if (!own) return
    const fault = await accounts.setPassword(own.id, body.next, () => stillHolds(ctx))
    if (fault) return refuse(ctx, fault)
    // The cookie changes too: one that was stolen ends here.
    const { session } = openSession(services, ctx, own.id)
    sessions.endAllOf(own.id, session?.id)
    audit(ctx, services, 'account.password', 'changed their own password')
    ctx.body = accountDetails(ctx, services)
  })
  router.delete(`${ROOT}/other-sessions`, ...mayChangeOwn(services), (ctx) => {
    const { session } = ctx.state.login ?? {}
    if (session) sessions.endAllOf(session.accountId, session.id)
    audit(ctx, services, 'session.ended', 'ended all their other log-ins')
    ctx.body = accountDetails(ctx, services)
  })
  totpRoutes(router, services)
}

/** One-time codes: an offer, its confirmation, and the end of them. */
function totpRoutes(router: Router<UiState>, services: Services): void {
  const { secondFactor, sessions } = services
  router.post(`${ROOT}/totp`, ...mayProve(services), async (ctx) => {
    const own = await proven(services, ctx)
    if (own) ctx.body = secondFactor.offer(own) satisfies TotpOffer
  })
  router.post(`${ROOT}/totp/confirm`, ...mayProve(services), (ctx) => {
    const body = parseInput(ctx, confirmSchema, ctx.request.body)
    const { session } = ctx.state.login ?? {}
    if (!body || !session) return
    const codes = secondFactor.confirm(session.accountId, body.code)
    if (typeof codes === 'string') return refuse(ctx, codes)
    sessions.endAllOf(session.accountId, session.id)
    audit(ctx, services, 'account.totp.on', 'took one-time codes into use')
    answerCodes(services, ctx, codes)
  })
  router.post(`${ROOT}/totp/recovery-codes`, ...mayProve(services), async (ctx) => {
    const own = await proven(services, ctx)
    if (!own) return
    const codes = secondFactor.renewRecoveryCodes(own.id)
    if (typeof codes === 'string') return refuse(ctx, codes)
    audit(ctx, services, 'account.totp.recovery', 'made new recovery codes')
    answerCodes(services, ctx, codes)
  })
  router.post(`${ROOT}/totp/remove`, ...mayProve(services), async (ctx) => {
    const own = await proven(services, ctx)
    if (!own) return
    const fault = secondFactor.remove(own.id)
    if (fault) return refuse(ctx, fault)
    audit(ctx, services, 'account.totp.off', 'goes without one-time codes from now on')
    ctx.body = accountDetails(ctx, services)
  })
}

/** Before what takes a password or a code: whoever sits at an open page has to know it. */
function mayProve(services: Services) {
  return [...mayChangeOwn(services), jsonBody, limitAttempts(services)] as const
}

function answerCodes(services: Services, ctx: UiContext, codes: readonly string[]): void {
  ctx.body = { codes, details: accountDetails(ctx, services) } satisfies RecoveryCodes
}

async function proven(services: Services, ctx: UiContext): Promise<AccountRecord | undefined> {
  const body = parseInput(ctx, proofSchema, ctx.request.body)
  return body && provenOwner(services, ctx, body.password)
}
