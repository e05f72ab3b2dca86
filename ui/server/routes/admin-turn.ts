import type { Router } from '@koa/router'
import { z } from 'zod'
import type { TurnRestCredentials, TurnSecret } from '#api'
import { refuse, type UiState } from '../context.ts'
import type { TurnAdmin } from '../deps.ts'
import { parseInput } from '../input.ts'
import { limitAttempts } from '../middleware/attempts.ts'
import { jsonBody } from '../middleware/json-body.ts'
import { mayChange } from '../middleware/may-change.ts'
import { requireSession } from '../middleware/session.ts'
import type { Services } from '../services.ts'

/** Whose the allocations are that the admin's browser makes to try the relay, and how long it may. */
const BROWSER_TEST_USER = 'admin-test'
const BROWSER_TEST_SECONDS = 600

const passwordSchema = z.object({ password: z.string().max(4096) })

/** What the TURN page shows and does. Everything that changes or shows something secret is logged. */
export function adminTurnRoutes(router: Router<UiState>, services: Services): void {
  const { deps, sessions } = services
  const { turn } = deps
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
    deps.log.info({}, 'the admin got TURN credentials to try the relay from a browser')
    ctx.body = credentials
  })
  router.delete('/api/admin/turn/allocations/:id', ...mayChange(services), async (ctx) => {
    const { id } = ctx.params
    if (id === undefined || !(await turn.disconnect(id))) return refuse(ctx, 'ALLOCATION_UNKNOWN')
    deps.log.info({ allocation: id }, 'the admin ended a TURN allocation')
    ctx.body = turn.details()
  })
  secretRoutes(router, services, turn)
}

function secretRoutes(router: Router<UiState>, services: Services, turn: TurnAdmin): void {
  const { deps, account, attempts } = services
  const shown = (secret: string): TurnSecret => ({ secret, apiKey: turn.apiKey() })

  router.post('/api/admin/turn/secret', ...mayChange(services), async (ctx) => {
    const rotation = await turn.rotateSecret()
    if (!rotation.ok) return refuse(ctx, 'TURN_SECRET_FIXED', rotation.message)
    deps.log.info({}, 'the admin made a new TURN secret; the one before holds until it is retired')
    ctx.body = shown(rotation.secret)
  })
  router.delete('/api/admin/turn/previous-secrets/:id', ...mayChange(services), async (ctx) => {
    const { id } = ctx.params
    if (id === undefined || !(await turn.retireSecret(id))) {
      return refuse(ctx, 'TURN_SECRET_UNKNOWN')
    }
    deps.log.info({ secret: id }, 'the admin retired a previous TURN secret')
    ctx.body = turn.details()
  })
  router.post(
    '/api/admin/turn/secret/reveal',
    ...mayChange(services),
    jsonBody,
    limitAttempts(attempts),
    async (ctx) => {
      const body = parseInput(ctx, passwordSchema, ctx.request.body)
      if (!body) return
      const fault = await account.checkPassword(body.password)
      if (fault) return refuse(ctx, fault)
      deps.log.info({}, 'the admin looked at the TURN secret')
      ctx.body = shown(turn.revealSecret())
    },
  )
}
