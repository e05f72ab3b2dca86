import type { Router } from '@koa/router'
import type { UiState } from '../context.ts'
import type { UiDeps } from '../deps.ts'

/** `GET /healthz`: the process lives. `GET /readyz`: every service can serve, else 503 and which not. */
export function healthRoutes(router: Router<UiState>, deps: UiDeps): void {
  router.get('/healthz', (ctx) => {
    ctx.set('Cache-Control', 'no-store')
    ctx.body = { ok: true }
  })
  router.get('/readyz', (ctx) => {
    const readiness = deps.readiness()
    ctx.set('Cache-Control', 'no-store')
    ctx.status = readiness.ready ? 200 : 503
    ctx.body = readiness
  })
}
