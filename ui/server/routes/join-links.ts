import type { Router } from '@koa/router'
import { z } from 'zod'
import type { JoinLink } from '#api'
import { audit } from '../audit.ts'
import { roomNameSchema } from '../call-access.ts'
import type { UiState } from '../context.ts'
import { parseInput } from '../input.ts'
import { jsonBody } from '../middleware/json-body.ts'
import { mayChange } from '../middleware/may-change.ts'
import type { Services } from '../services.ts'

const bodySchema = z.object({ room: roomNameSchema })

/** `POST /api/admin/join-links`: a link that lets whoever has it into a room. */
export function joinLinkRoutes(router: Router<UiState>, services: Services): void {
  const { deps } = services
  router.post('/api/admin/join-links', ...mayChange(services), jsonBody, async (ctx) => {
    const body = parseInput(ctx, bodySchema, ctx.request.body)
    if (!body) return
    const { token, expiresAtMs } = await deps.issueInvite(body.room)
    const path = `/call/${encodeURIComponent(body.room)}?token=${encodeURIComponent(token)}`
    audit(ctx, services, 'call.link.created', `made a join link for the room ${body.room}`)
    ctx.status = 201
    ctx.body = { url: deps.publicOrigin + path, room: body.room, expiresAtMs } satisfies JoinLink
  })
}
