import type { Router } from '@koa/router'
import { z } from 'zod'
import { refuse, type UiContext, type UiState } from '../context.ts'
import type { CallsAdmin } from '../deps.ts'
import { parseInput } from '../input.ts'
import { jsonBody } from '../middleware/json-body.ts'
import { mayChange } from '../middleware/may-change.ts'
import { requireSession } from '../middleware/session.ts'
import type { Services } from '../services.ts'

const muteSchema = z.object({ trackSid: z.string().min(1).max(256) })
const removeSchema = z.object({ identity: z.string().min(1).max(256) })

/** What the calls' page shows and does. Everything that reaches into a call is logged. */
export function adminCallRoutes(router: Router<UiState>, services: Services): void {
  const { deps, sessions } = services
  const { calls } = deps
  if (!calls) return

  router.get('/api/admin/calls', requireSession(sessions), (ctx) => {
    ctx.body = calls.list()
  })
  router.get('/api/admin/calls/:name', requireSession(sessions), (ctx) => {
    answerDetails(ctx, calls, ctx.params['name'])
  })
  router.get('/api/admin/calls/:name/record', requireSession(sessions), (ctx) => {
    const found = calls.record(ctx.params['name'] ?? '')
    if (!found) return refuse(ctx, 'CALL_UNKNOWN')
    ctx.attachment(`callbox-call-${found.sid}.json`)
    ctx.type = 'application/json'
    ctx.body = `${JSON.stringify(found.record, undefined, 2)}\n`
  })
  actionRoutes(router, services, calls)
}

function actionRoutes(router: Router<UiState>, services: Services, calls: CallsAdmin): void {
  const { log } = services.deps

  router.post('/api/admin/calls/:name/mute', ...mayChange(services), jsonBody, async (ctx) => {
    const { name: room = '' } = ctx.params
    const body = parseInput(ctx, muteSchema, ctx.request.body)
    if (!body) return
    if (!(await calls.mute(room, body.trackSid))) return refuse(ctx, 'TRACK_ENDED')
    log.info({ room, track: body.trackSid }, 'the admin muted a track in a call')
    answerDetails(ctx, calls, room)
  })
  router.post('/api/admin/calls/:name/remove', ...mayChange(services), jsonBody, async (ctx) => {
    const { name: room = '' } = ctx.params
    const body = parseInput(ctx, removeSchema, ctx.request.body)
    if (!body) return
    if (!(await calls.remove(room, body.identity))) return refuse(ctx, 'PERSON_GONE')
    log.info({ room, identity: body.identity }, 'the admin removed somebody from a call')
    answerDetails(ctx, calls, room)
  })
  router.post('/api/admin/calls/:name/end', ...mayChange(services), async (ctx) => {
    const { name: room = '' } = ctx.params
    if (!(await calls.end(room))) return refuse(ctx, 'CALL_ENDED')
    log.info({ room }, 'the admin ended a call')
    answerDetails(ctx, calls, room)
  })
}

function answerDetails(ctx: UiContext, calls: CallsAdmin, name = ''): void {
  const details = calls.details(name)
  if (details) ctx.body = details
  else refuse(ctx, 'CALL_UNKNOWN')
}
