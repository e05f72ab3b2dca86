import { Readable } from 'node:stream'
import type { Router } from '@koa/router'
import { z } from 'zod'
import type { UiState } from '../context.ts'
import { historyCsv } from '../history-csv.ts'
import { parseInput } from '../input.ts'
import { requireSession } from '../middleware/session.ts'
import type { Services } from '../services.ts'

/** What a chart is drawn from; a file gets every step there is. */
const MOST_POINTS = 1000
const MOST_LINES = 10_000

/** The last millisecond that a JavaScript date can say. */
const LAST_MS = 8.64e15

const time = z.coerce.number().int().min(0).max(LAST_MS)
const span = z
  .object({ from: time, to: time })
  .refine(({ from, to }) => from < to, { path: ['to'], error: 'must be later than from' })
const spanOfPoints = span.safeExtend({
  points: z.coerce.number().int().min(2).max(MOST_POINTS).default(MOST_POINTS),
})

/** `GET /api/admin/history`: points for the charts. `GET /api/admin/history.csv`: the same as a file. */
export function adminHistoryRoutes(router: Router<UiState>, { deps, sessions }: Services): void {
  const { historyRange } = deps
  if (!historyRange) return
  const allowed = requireSession(sessions)

  router.get('/api/admin/history', allowed, async (ctx) => {
    const query = parseInput(ctx, spanOfPoints, ctx.query)
    if (!query) return
    const { from, to, points } = query
    ctx.body = await historyRange({ fromMs: from, toMs: to, points })
  })
  router.get('/api/admin/history.csv', allowed, async (ctx) => {
    const query = parseInput(ctx, span, ctx.query)
    if (!query) return
    const { from, to } = query
    const range = await historyRange({ fromMs: from, toMs: to, points: MOST_LINES })
    ctx.attachment(fileName(from, to))
    ctx.type = 'text/csv; charset=utf-8'
    ctx.body = Readable.from(historyCsv(range))
  })
}

/** `callbox-20261127T120000Z-20261127T130000Z.csv` */
function fileName(fromMs: number, toMs: number): string {
  const text = (atMs: number) => new Date(atMs).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  return `callbox-${text(fromMs)}-${text(toMs)}.csv`
}
