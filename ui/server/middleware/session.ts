import { type Next, refuse, type UiContext } from '../context.ts'
import { sameSecret } from '../secrets.ts'
import { readSessionCookie } from '../session-cookie.ts'
import type { AdminLogin, Sessions } from '../sessions.ts'

/** Who a request comes from, by its token or its cookie; `undefined` when it names nobody. */
export function loginOf(ctx: UiContext, sessions: Sessions): AdminLogin | undefined {
  if (ctx.state.login) return ctx.state.login
  const token = readSessionCookie(ctx.req, ctx.state.source)
  return token === undefined ? undefined : sessions.use(token)
}

/** Lets only those on who are logged in or have an API token, noted as `ctx.state.login`. */
export function requireSession(sessions: Sessions) {
  return async (ctx: UiContext, next: Next): Promise<void> => {
    const login = loginOf(ctx, sessions)
    if (!login) {
      ctx.set('WWW-Authenticate', 'Bearer realm="callbox"')
      return refuse(ctx, 'LOGIN_REQUIRED')
    }
    ctx.state.login = login
    ctx.state.lookAgain ??= () => loginAgain(ctx, sessions)
    await next()
  }
}

function loginAgain(ctx: UiContext, sessions: Sessions): AdminLogin | undefined {
  const token = readSessionCookie(ctx.req, ctx.state.source)
  return token === undefined ? undefined : sessions.use(token)
}

/** Lets only admins on; stands behind `requireSession`. */
export async function requireAdmin(ctx: UiContext, next: Next): Promise<void> {
  if (ctx.state.login?.role === 'admin') await next()
  else refuse(ctx, 'ROLE_NEEDED')
}

/**
 * Wants the log-in's token in `x-csrf-token`; stands behind `requireSession`. A script's token is in
 * no browser, so no other site can send it along.
 */
export async function requireCsrfToken(ctx: UiContext, next: Next): Promise<void> {
  const { login } = ctx.state
  if (login && !login.session) return void (await next())
  const expected = login?.session?.csrf
  if (expected === undefined || !sameSecret(ctx.get('x-csrf-token'), expected)) {
    return refuse(ctx, 'CSRF_MISMATCH')
  }
  await next()
}
