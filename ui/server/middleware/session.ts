import { type Next, refuse, type UiContext } from '../context.ts'
import { sameSecret } from '../secrets.ts'
import { readSessionCookie } from '../session-cookie.ts'
import type { AdminLogin, Sessions } from '../sessions.ts'

/** The log-in that a request's cookie names, `undefined` when there is none. */
export function loginOf(ctx: UiContext, sessions: Sessions): AdminLogin | undefined {
  const token = readSessionCookie(ctx.req, ctx.state.source)
  return token === undefined ? undefined : sessions.use(token)
}

/** Lets only a logged-in admin on, noted as `ctx.state.login`. */
export function requireSession(sessions: Sessions) {
  return async (ctx: UiContext, next: Next): Promise<void> => {
    const login = loginOf(ctx, sessions)
    if (!login) return refuse(ctx, 'LOGIN_REQUIRED')
    ctx.state.login = login
    await next()
  }
}

/** Wants the log-in's token in `x-csrf-token`; stands behind `requireSession`. */
export async function requireCsrfToken(ctx: UiContext, next: Next): Promise<void> {
  const expected = ctx.state.login?.csrf
  if (expected === undefined || !sameSecret(ctx.get('x-csrf-token'), expected)) {
    return refuse(ctx, 'CSRF_MISMATCH')
  }
  await next()
}

/** Lets on a logged-in admin, or a script with the API token as `Authorization: Bearer`. */
export function requireSessionOrToken(sessions: Sessions, apiToken: string | undefined) {
  return async (ctx: UiContext, next: Next): Promise<void> => {
    const [, given] = /^Bearer +(\S+)$/i.exec(ctx.get('authorization')) ?? []
    const isScript = given !== undefined && apiToken !== undefined && sameSecret(given, apiToken)
    if (isScript || loginOf(ctx, sessions)) return void (await next())
    ctx.set('WWW-Authenticate', 'Bearer realm="callbox"')
    refuse(ctx, 'LOGIN_REQUIRED')
  }
}
