import type { Router } from '@koa/router'
import { z } from 'zod'
import type { AuditPage } from '#api'
import type { UiState } from '../context.ts'
import { parseInput } from '../input.ts'
import { requireAdmin, requireSession } from '../middleware/session.ts'
import type { Services } from '../services.ts'

const querySchema = z.object({
  before: z.coerce.number().min(0).optional(),
  find: z.string().max(100).default(''),
})

/** `GET /api/admin/audit`: who did what, the latest first; `find` keeps what contains a text. */
export function adminAuditRoutes(router: Router<UiState>, services: Services): void {
  const { sessions, auditLog } = services
  router.get('/api/admin/audit', requireSession(sessions), requireAdmin, async (ctx) => {
    const query = parseInput(ctx, querySchema, { ...ctx.query })
    if (!query) return
    const { before: beforeMs, find } = query
    ctx.body = (await auditLog.page({ beforeMs, find })) satisfies AuditPage
  })
}
