import { Router } from '@koa/router'
import Koa from 'koa'
import type { Next, UiContext, UiState } from './context.ts'
import { answerErrors } from './middleware/errors.ts'
import { noteSource } from './middleware/request-source.ts'
import { securityHeaders } from './middleware/security-headers.ts'
import { adminCallRoutes } from './routes/admin-calls.ts'
import { adminCertificateRoutes } from './routes/admin-certificate.ts'
import { adminSessionRoutes } from './routes/admin-session.ts'
import { adminStatusRoutes } from './routes/admin-status.ts'
import { adminTurnRoutes } from './routes/admin-turn.ts'
import { callTokenRoutes } from './routes/call-token.ts'
import { faviconRoutes } from './routes/favicon.ts'
import { healthRoutes } from './routes/health.ts'
import { joinLinkRoutes } from './routes/join-links.ts'
import { landingRoutes } from './routes/landing.ts'
import { pageRoutes } from './routes/pages.ts'
import { turnCredentialRoutes } from './routes/turn-credentials.ts'
import type { Services } from './services.ts'

/** Builds the web application; it opens no port. */
export function createApp(services: Services): Koa<UiState> {
  const { deps } = services
  const router = new Router<UiState>()
  landingRoutes(router)
  faviconRoutes(router)
  healthRoutes(router, deps)
  pageRoutes(router, deps.webRoot)
  adminSessionRoutes(router, services)
  adminStatusRoutes(router, services)
  adminCallRoutes(router, services)
  adminTurnRoutes(router, services)
  adminCertificateRoutes(router, services)
  turnCredentialRoutes(router, services)
  joinLinkRoutes(router, services)
  callTokenRoutes(router, services)

  const app = new Koa<UiState>()
  app.on('error', (error: Error) => deps.log.debug({ err: error }, 'an answer was not sent whole'))
  app.use(noteSource(services.findSource))
  app.use(securityHeaders())
  app.use(answerErrors(deps.log))
  app.use(apiIsNotCached)
  app.use(router.routes())
  app.use(router.allowedMethods())
  return app
}

/** The router does not tell capitals from small letters, so this does not either. */
async function apiIsNotCached(ctx: UiContext, next: Next): Promise<void> {
  if (/^\/api\//i.test(ctx.path)) ctx.set('Cache-Control', 'no-store')
  await next()
}
