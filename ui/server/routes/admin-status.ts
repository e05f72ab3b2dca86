import type { Router } from '@koa/router'
import type { Next, UiContext, UiState } from '../context.ts'
import { identifyBearer } from '../middleware/bearer.ts'
import { requireSession } from '../middleware/session.ts'
import { createAddressMatcher } from '../request-source.ts'
import type { Services } from '../services.ts'

/** `GET /api/admin/status`: the facts behind the dashboard. `GET /metrics`: Prometheus text. */
export function adminStatusRoutes(router: Router<UiState>, services: Services): void {
  const { deps, sessions } = services
  router.get('/api/admin/status', requireSession(sessions), (ctx) => {
    ctx.body = deps.status()
  })
  const { metrics } = deps
  if (!metrics) return
  const isScraper = followingMatcher(deps.metricsAllowed ?? (() => []))
  const unlessScraper =
    (middleware: (ctx: UiContext, next: Next) => Promise<void>) => (ctx: UiContext, next: Next) =>
      isScraper(ctx.state.source.address) ? next() : middleware(ctx, next)
  const guards = [identifyBearer(services), requireSession(sessions)].map(unlessScraper)
  router.get('/metrics', ...guards, async (ctx) => {
    ctx.set('Cache-Control', 'no-store')
    ctx.type = 'text/plain; version=0.0.4; charset=utf-8'
    ctx.body = await metrics()
  })
}

/** Asks of a list that may be replaced by another. */
function followingMatcher(list: () => readonly string[]): (address: string) => boolean {
  let matched = list()
  let matches = createAddressMatcher(matched)
  return (address) => {
    if (list() !== matched) {
      matched = list()
      matches = createAddressMatcher(matched)
    }
    return matches(address)
  }
}
