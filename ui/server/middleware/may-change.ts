import { type Next, refuse, type UiContext } from '../context.ts'
import type { Services } from '../services.ts'
import { requireSameOrigin } from './same-origin.ts'
import { requireAdmin, requireCsrfToken, requireSession } from './session.ts'

/**
 * What stands before every request that changes something or shows a secret: an admin's own page, or
 * a script with an admin's token.
 */
export function mayChange({ deps, sessions }: Services) {
  return [
    requireSameOrigin(deps.publicOrigin),
    requireSession(sessions),
    requireAdmin,
    requireCsrfToken,
  ] as const
}

/** What stands before everything that people do to their own account, whatever their role. */
export function mayChangeOwn({ deps, sessions }: Services) {
  return [
    requireSameOrigin(deps.publicOrigin),
    requireSession(sessions),
    requireBrowser,
    requireCsrfToken,
  ] as const
}

/** Refuses scripts: what is asked for belongs to a person. */
export async function requireBrowser(ctx: UiContext, next: Next): Promise<void> {
  if (ctx.state.login?.session) await next()
  else refuse(ctx, 'SESSION_NEEDED')
}
