import { browserName } from './browser-name.ts'
import type { UiContext } from './context.ts'
import type { Services } from './services.ts'
import { readSessionCookie, setSessionCookie } from './session-cookie.ts'
import type { AdminLogin } from './sessions.ts'

/**
 * Opens a log-in and hands the browser its cookie. The one that the browser had before ends: a
 * cookie never outlives a log-in, wherever it came from.
 */
export function openSession(services: Services, ctx: UiContext, accountId: string): AdminLogin {
  const { sessions } = services
  const { source } = ctx.state
  const before = readSessionCookie(ctx.req, source)
  const known = before === undefined ? undefined : sessions.use(before)
  if (known?.session) sessions.end(known.session.id)
  const browser = browserName(ctx.get('user-agent'))
  const { token, login } = sessions.open(accountId, { address: source.address, browser })
  setSessionCookie(ctx.res, source, token)
  ctx.state.login = login
  return login
}
