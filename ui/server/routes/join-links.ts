import type { Router } from '@koa/router'
import { z } from 'zod'
import type { JoinLink } from '#api'
import { personNameSchema, roomNameSchema, seatFor, tokenExpiresAtMs } from '../call-access.ts'
import type { UiState } from '../context.ts'
import { parseInput } from '../input.ts'
import { jsonBody } from '../middleware/json-body.ts'
import { requireSameOrigin } from '../middleware/same-origin.ts'
import { requireCsrfToken, requireSession } from '../middleware/session.ts'
import type { Services } from '../services.ts'

const bodySchema = z.object({ room: roomNameSchema, name: personNameSchema.default('Guest') })

/** `POST /api/admin/join-links`: a link that lets one person into a room. */
export function joinLinkRoutes(router: Router<UiState>, { deps, sessions }: Services): void {
  router.post(
    '/api/admin/join-links',
    requireSameOrigin(deps.publicOrigin),
    requireSession(sessions),
    requireCsrfToken,
    jsonBody,
    async (ctx) => {
      const body = parseInput(ctx, bodySchema, ctx.request.body)
      if (!body) return
      const token = await deps.issueCallToken(seatFor(deps.random, 'guest', body))
      const expiresAtMs = tokenExpiresAtMs(token)
      const path = `/call/${encodeURIComponent(body.room)}?token=${encodeURIComponent(token)}`
      ctx.status = 201
      ctx.body = {
        ...body,
        url: deps.publicOrigin + path,
        ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
      } satisfies JoinLink
    },
  )
}
