import type { Router } from '@koa/router'
import { z } from 'zod'
import type { MadeToken } from '#api'
import { accountDetails } from '../account-details.ts'
import { accountNameSchema, roleSchema } from '../accounts/input.ts'
import { audit } from '../audit.ts'
import { refuse, type UiState } from '../context.ts'
import { parseInput } from '../input.ts'
import { jsonBody } from '../middleware/json-body.ts'
import { mayChange, requireBrowser } from '../middleware/may-change.ts'
import type { Services } from '../services.ts'

const ROOT = '/api/admin/tokens'
const DAY_MS = 86_400_000

const newSchema = z.object({
  name: accountNameSchema,
  role: roleSchema,
  /** `null`: until it is revoked. */
  days: z.number().int().min(1).max(3650).nullable(),
})

/**
 * Tokens for scripts. They are made by people, with whose account they end; a token that makes
 * tokens could not be taken back.
 */
export function adminTokenRoutes(router: Router<UiState>, services: Services): void {
  const { tokens, deps } = services
  router.post(ROOT, ...mayChange(services), requireBrowser, jsonBody, (ctx) => {
    const body = parseInput(ctx, newSchema, ctx.request.body)
    if (!body) return
    const { name, role, days } = body
    const createdBy = ctx.state.login?.by ?? ''
    const expiresAtMs = days === null ? undefined : deps.clock.unixMs() + days * DAY_MS
    const made = tokens.create({ name, role, createdBy, expiresAtMs })
    if (typeof made === 'string') return refuse(ctx, made)
    const until = days === null ? 'without an end' : `for ${days} days`
    audit(ctx, services, 'token.created', `made the API token ${name}, ${role}, ${until}`)
    ctx.body = { token: made.token, details: accountDetails(ctx, services) } satisfies MadeToken
  })
  router.delete(`${ROOT}/:id`, ...mayChange(services), (ctx) => {
    const revoked = tokens.revoke(ctx.params['id'] ?? '')
    if (typeof revoked === 'string') return refuse(ctx, revoked)
    audit(ctx, services, 'token.revoked', `revoked the API token ${revoked.name}`)
    ctx.body = accountDetails(ctx, services)
  })
}
