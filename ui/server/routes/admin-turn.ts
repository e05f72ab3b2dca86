import type { Router } from '@koa/router'
import { z } from 'zod'
import type { TurnRestCredentials, TurnSecret } from '#api'
import { audit } from '../audit.ts'
import { refuse, type UiState } from '../context.ts'
import type { TurnAdmin } from '../deps.ts'
import { parseInput } from '../input.ts'
import { limitAttempts } from '../middleware/attempts.ts'
import { jsonBody } from '../middleware/json-body.ts'
import { mayChange, requireBrowser } from '../middleware/may-change.ts'
import { requireSession } from '../middleware/session.ts'
import { provenOwner } from '../proof.ts'
import type { Services } from '../services.ts'

/** Whose the allocations are that the admin's browser makes to try the relay, and how long it may. */
const BROWSER_TEST_USER = 'admin-test'
const BROWSER_TEST_SECONDS = 600

const passwordSchema = z.object({ password: z.string().max(4096) })

/** What the TURN page shows and does. Everything that changes or shows something secret is audited. */
export function adminTurnRoutes(router: Router<UiState>, services: Services): void {
  const { sessions } = services
  const { turn } = services.deps
  if (!turn) return

  router.get('/api/admin/turn', requireSession(sessions), (ctx) => {
    ctx.body = turn.details()
  })
  router.post('/api/admin/turn/self-test', ...mayChange(services), async (ctx) => {
    await turn.runSelfTest()
    ctx.body = turn.details()
  })
  router.post('/api/admin/turn/credentials', ...mayChange(services), (ctx) => {
    const credentials: TurnRestCredentials = turn.issueCredentials({
      id: BROWSER_TEST_USER,
      ttlSeconds: BROWSER_TEST_SECONDS,
    })
    audit(ctx, services, 'turn.credentials', 'got TURN credentials to try the relay from a browser')
    ctx.body = credentials
  })
  router.delete('/api/admin/turn/allocations/:id', ...mayChange(services), async (ctx) => {
    const { id } = ctx.params
    if (id === undefined || !(await turn.disconnect(id))) return refuse(ctx, 'ALLOCATION_UNKNOWN')
    audit(ctx, services, 'turn.allocation.ended', `ended the TURN allocation ${id}`)
    ctx.body = turn.details()
  })
  secretRoutes(router, services, turn)
}

function secretRoutes(router: Router<UiState>, services: Services, turn: TurnAdmin): void {
  const shown = (secret: string): TurnSecret => ({ secret, apiKey: turn.apiKey() })

  router.post('/api/admin/turn/secret', ...mayChange(services), async (ctx) => {
    const rotation = await turn.rotateSecret()
    if (!rotation.ok) return refuse(ctx, 'TURN_SECRET_FIXED', rotation.message)
    const text = 'made a new TURN secret; the one before holds until it is retired'
    audit(ctx, services, 'turn.secret.rotated', text)
    ctx.body = shown(rotation.secret)
  })
  router.delete('/api/admin/turn/previous-secrets/:id', ...mayChange(services), async (ctx) => {
    const { id } = ctx.params
    if (id === undefined || !(await turn.retireSecret(id))) {
      return refuse(ctx, 'TURN_SECRET_UNKNOWN')
    }
    audit(ctx, services, 'turn.secret.retired', `retired the previous TURN secret ${id}`)
    ctx.body = turn.details()
  })
  router.post(
    '/api/admin/turn/secret/reveal',
    ...mayChange(services),
    requireBrowser,
    jsonBody,
    limitAttempts(services),
    async (ctx) => {
      const body = parseInput(ctx, passwordSchema, ctx.request.body)
      if (!body || !(await provenOwner(services, ctx, body.password))) return
      audit(ctx, services, 'turn.secret.revealed', 'looked at the TURN secret')
      ctx.body = shown(turn.revealSecret())
    },
  )
}
