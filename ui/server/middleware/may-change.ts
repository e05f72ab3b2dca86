import type { Services } from '../services.ts'
import { requireSameOrigin } from './same-origin.ts'
import { requireCsrfToken, requireSession } from './session.ts'

/** What stands before every request that changes something or shows a secret: an admin's own page. */
export function mayChange({ deps, sessions }: Services) {
  return [requireSameOrigin(deps.publicOrigin), requireSession(sessions), requireCsrfToken] as const
}
