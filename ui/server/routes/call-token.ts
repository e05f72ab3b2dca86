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

const bodySchema = z.object({
  name: personNameSchema.optional(),
  /** The token of the join link that the page was opened with. */
  invite: z.string().max(8192).optional(),
})

/**
 * `POST /api/call/:room/token`: whoever has an invite to the room joins it as a person of their own;
 * an admin may join any room without one. It changes nothing and other origins cannot read the
 * answer, so it wants no CSRF token.
 */
export function callTokenRoutes(router: Router<UiState>, services: Services): void {
  const { deps, sessions } = services
  router.post(
    '/api/call/:room/token',
    requireSameOrigin(deps.publicOrigin),
    jsonBody,
    async (ctx) => {
      const { room: asked } = ctx.params
      const room = parseInput(ctx, roomNameSchema, asked)
      const body = parseInput(ctx, bodySchema, ctx.request.body)
      if (room === undefined || body === undefined) return
      const { name, invite } = body
      const isAdmin = loginOf(ctx, sessions)?.role === 'admin'
      const isInvited = invite !== undefined && (await deps.admitsInvite(invite, room))
      if (!isAdmin && !isInvited) return refuse(ctx, 'JOIN_LINK_NEEDED')
      const seat = seatFor(deps.random, isAdmin ? 'admin' : 'guest', {
        room,
        name: name ?? (isAdmin ? 'Admin' : 'Guest'),
      })
      ctx.body = { token: await deps.issueCallToken(seat) } satisfies CallToken
    },
  )
}
