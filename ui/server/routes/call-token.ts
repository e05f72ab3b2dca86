import type { Router } from '@koa/router'
import { z } from 'zod'
import type { CallToken } from '#api'
import { personNameSchema, roomNameSchema, seatFor } from '../call-access.ts'
import { refuse, type UiState } from '../context.ts'
import { parseInput } from '../input.ts'
import { jsonBody } from '../middleware/json-body.ts'
import { requireSameOrigin } from '../middleware/same-origin.ts'
import { loginOf } from '../middleware/session.ts'
import type { Services } from '../services.ts'

const bodySchema = z.object({ name: personNameSchema.default('Admin') })

/**
 * `POST /api/call/:room/token`: the admin may join any room without a link. It changes nothing and
 * other origins cannot read the answer, so it wants no CSRF token.
 */
export function callTokenRoutes(router: Router<UiState>, services: Services): void {
  const { deps, sessions } = services
  router.post(
    '/api/call/:room/token',
    requireSameOrigin(deps.publicOrigin),
    jsonBody,
    async (ctx) => {
      if (!loginOf(ctx, sessions)) return refuse(ctx, 'JOIN_LINK_NEEDED')
      const { room: asked } = ctx.params
      const room = parseInput(ctx, roomNameSchema, asked)
      const body = parseInput(ctx, bodySchema, ctx.request.body)
      if (room === undefined || body === undefined) return
      const seat = seatFor(deps.random, 'admin', { room, name: body.name })
      ctx.body = { token: await deps.issueCallToken(seat) } satisfies CallToken
    },
  )
}
