import type { Router } from '@koa/router'
import { z } from 'zod'
import type { AdminSession } from '#api'
import { refuse, type UiContext, type UiState } from '../context.ts'
import { parseInput } from '../input.ts'
import { limitAttempts } from '../middleware/attempts.ts'
import { jsonBody } from '../middleware/json-body.ts'
import { requireSameOrigin } from '../middleware/same-origin.ts'
import { loginOf, requireCsrfToken, requireSession } from '../middleware/session.ts'
import type { Services } from '../services.ts'
import { clearSessionCookie, setSessionCookie } from '../session-cookie.ts'
import type { AdminLogin } from '../sessions.ts'

const setupSchema = z.object({ code: z.string().max(256), password: z.string().max(4096) })
const loginSchema = z.object({ password: z.string().max(4096) })

/** Set-up, log-in, log-out, and which of them the page should offer. */
export function adminSessionRoutes(router: Router<UiState>, services: Services): void {
  const { deps, account, sessions, attempts } = services
  const sameOrigin = requireSameOrigin(deps.publicOrigin)
  const limited = limitAttempts(attempts)

  router.get('/api/admin/session', (ctx) => {
    ctx.body = sessionState(services, ctx)
  })

  router.post('/api/admin/setup', sameOrigin, jsonBody, limited, async (ctx) => {
    const body = parseInput(ctx, setupSchema, ctx.request.body)
    if (!body) return
    const fault = await account.setUp(body.code, body.password)
    if (fault) return refuse(ctx, fault)
    deps.log.info({}, 'the admin password was set')
    logIn(services, ctx)
  })

  router.post('/api/admin/login', sameOrigin, jsonBody, limited, async (ctx) => {
    const body = parseInput(ctx, loginSchema, ctx.request.body)
    if (!body) return
    const fault = await account.checkPassword(body.password)
    if (fault) return refuse(ctx, fault)
    logIn(services, ctx)
  })

  router.post(
    '/api/admin/logout',
    sameOrigin,
    requireSession(sessions),
    requireCsrfToken,
    (ctx) => {
      if (ctx.state.login) sessions.end(ctx.state.login.id)
      clearSessionCookie(ctx.res, ctx.state.source)
      ctx.body = { state: 'logged-out' } satisfies AdminSession
    },
  )
}

function logIn({ sessions, deps }: Services, ctx: UiContext): void {
  const { token, login } = sessions.open()
  setSessionCookie(ctx.res, ctx.state.source, token)
  deps.log.info({}, 'the admin logged in')
  ctx.body = loggedIn(login)
}

function sessionState({ account, sessions }: Services, ctx: UiContext): AdminSession {
  if (!account.isSetUp) return { state: 'needs-setup' }
  const login = loginOf(ctx, sessions)
  return login ? loggedIn(login) : { state: 'logged-out' }
}

function loggedIn({ csrf }: AdminLogin): AdminSession {
  return { state: 'logged-in', csrf, name: 'admin', role: 'admin' }
}
