import type { UiContext } from './context.ts'
import type { Services } from './services.ts'

/**
 * Notes what the caller of a request has changed or been shown, in the audit log and in the
 * program's own. `action` is a stable name such as `turn.secret.rotated`; `text` goes on from the
 * caller's name, in words and without secrets: `made a new TURN secret`.
 */
export function audit(ctx: UiContext, services: Services, action: string, text: string): void {
  const by = ctx.state.login?.by ?? 'nobody'
  services.auditLog.note({ by, address: ctx.state.source.address, action, text })
}
