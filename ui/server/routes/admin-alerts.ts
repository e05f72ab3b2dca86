import type { Router } from '@koa/router'
import { z } from 'zod'
import type { AlertTest } from '#api'
import { audit } from '../audit.ts'
import { refuse, type UiState } from '../context.ts'
import { parseInput } from '../input.ts'
import { jsonBody } from '../middleware/json-body.ts'
import { mayChange } from '../middleware/may-change.ts'
import { requireSession } from '../middleware/session.ts'
import type { Services } from '../services.ts'

/** Four weeks: who wants an alert to be silent for longer changes its level. */
const MAX_SILENCE_MINUTES = 40_320

const silenceSchema = z.object({ minutes: z.int().min(0).max(MAX_SILENCE_MINUTES) })

/** What the alerts page shows and does, and what scripts read. No address of a webhook is ever answered. */
export function adminAlertRoutes(router: Router<UiState>, services: Services): void {
  const { sessions } = services
  const { alerts } = services.deps
  if (!alerts) return
  const root = '/api/admin/alerts'

  router.get(root, requireSession(sessions), (ctx) => {
    ctx.body = alerts.details()
  })
  router.post(`${root}/test`, ...mayChange(services), async (ctx) => {
    audit(ctx, services, 'alert.test', 'sent a test of the alerts')
    const answers = await alerts.test()
    ctx.body = { answers, details: alerts.details() } satisfies AlertTest
  })
  router.post(`${root}/:id/silence`, ...mayChange(services), jsonBody, (ctx) => {
    const body = parseInput(ctx, silenceSchema, ctx.request.body)
    if (!body) return
    const { id = '' } = ctx.params
    if (!alerts.silence(id, body.minutes)) return refuse(ctx, 'ALERT_UNKNOWN')
    const text =
      body.minutes > 0
        ? `silenced the alert ${id} for ${body.minutes} minutes`
        : `ended the silence of the alert ${id}`
    audit(ctx, services, 'alert.silenced', text)
    ctx.body = alerts.details()
  })
}
