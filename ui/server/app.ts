import { Router } from '@koa/router'
import Koa from 'koa'
import type { Next, UiContext, UiState } from './context.ts'
import { identifyBearer } from './middleware/bearer.ts'
import { answerErrors } from './middleware/errors.ts'
import { noteSource } from './middleware/request-source.ts'
import { securityHeaders } from './middleware/security-headers.ts'
import { adminAccountRoutes } from './routes/admin-accounts.ts'
import { adminAlertRoutes } from './routes/admin-alerts.ts'
import { adminAuditRoutes } from './routes/admin-audit.ts'
import { adminCallRoutes } from './routes/admin-calls.ts'
import { adminCertificateRoutes } from './routes/admin-certificate.ts'
import { adminConnectRoutes } from './routes/admin-connect.ts'
import { adminHistoryRoutes } from './routes/admin-history.ts'
import { adminKernelRoutes } from './routes/admin-kernel.ts'
import { adminOwnRoutes } from './routes/admin-own.ts'
import { adminSessionRoutes } from './routes/admin-session.ts'
import { adminSessionsRoutes } from './routes/admin-sessions.ts'
import { adminSettingsRoutes } from './routes/admin-settings.ts'
import { adminStatusRoutes } from './routes/admin-status.ts'
import { adminTokenRoutes } from './routes/admin-tokens.ts'
import { adminTurnRoutes } from './routes/admin-turn.ts'
import { callTokenRoutes } from './routes/call-token.ts'
import { faviconRoutes } from './routes/favicon.ts'
import { healthRoutes } from './routes/health.ts'
import { joinLinkRoutes } from './routes/join-links.ts'
import { landingRoutes } from './routes/landing.ts'
import { pageRoutes } from './routes/pages.ts'
import { turnCredentialRoutes } from './routes/turn-credentials.ts'
import type { Services } from './services.ts'

/** Every address there is, with what stands before it. */
export function createRouter(services: Services): Router<UiState> {
  const { deps } = services
  const router = new Router<UiState>()
  landingRoutes(router)
  faviconRoutes(router)
  healthRoutes(router, deps)
  pageRoutes(router, deps.webRoot)
  adminSessionRoutes(router, services)
  adminOwnRoutes(router, services)
  adminAccountRoutes(router, services)
  adminSessionsRoutes(router, services)
  adminTokenRoutes(router, services)
  adminAuditRoutes(router, services)
  adminStatusRoutes(router, services)
  adminHistoryRoutes(router, services)
  adminCallRoutes(router, services)
  adminTurnRoutes(router, services)
  adminCertificateRoutes(router, services)
  adminAlertRoutes(router, services)
  adminConnectRoutes(router, services)
  adminKernelRoutes(router, services)
  adminSettingsRoutes(router, services)
  turnCredentialRoutes(router, services)
  joinLinkRoutes(router, services)
  callTokenRoutes(router, services)
  return router
}

/** Builds the web application; it opens no port. */
export function createApp(services: Services): Koa<UiState> {
  const { deps } = services
  const router = createRouter(services)
  const app = new Koa<UiState>()
  app.on('error', (error: Error) => deps.log.debug({ err: error }, 'an answer was not sent whole'))
  app.use(noteSource(services.findSource))
  app.use(securityHeaders())
  app.use(answerErrors(deps.log))
  app.use(apiIsNotCached)
  app.use(onAdminPaths(identifyBearer(services)))
  app.use(router.routes())
  app.use(router.allowedMethods())
  return app
}

/** The router does not tell capitals from small letters, so this does not either. */
async function apiIsNotCached(ctx: UiContext, next: Next): Promise<void> {
  if (/^\/api\//i.test(ctx.path)) ctx.set('Cache-Control', 'no-store')
  await next()
}

/** Elsewhere a Bearer token is somebody else's business, as the TURN API's key. */
function onAdminPaths(middleware: (ctx: UiContext, next: Next) => Promise<void>) {
  return async (ctx: UiContext, next: Next): Promise<unknown> =>
    /^\/api\/admin\//i.test(ctx.path) ? middleware(ctx, next) : next()
}
