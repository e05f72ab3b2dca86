import type { Router } from '@koa/router'
import { accountDetails } from '../account-details.ts'
import { audit } from '../audit.ts'
import { refuse, type UiState } from '../context.ts'
import { mayChangeOwn } from '../middleware/may-change.ts'
import type { Services } from '../services.ts'

/** Ends a log-in: people their own, admins everybody's. */
export function adminSessionsRoutes(router: Router<UiState>, services: Services): void {
  const { sessions, accounts } = services
  router.delete('/api/admin/sessions/:id', ...mayChangeOwn(services), (ctx) => {
    const { login } = ctx.state
    const found = sessions.list().find(({ id }) => id === ctx.params['id'])
    const isOwn = found !== undefined && found.accountId === login?.session?.accountId
    if (!found || !(isOwn || login?.role === 'admin')) return refuse(ctx, 'SESSION_UNKNOWN')
    sessions.end(found.id)
    const whose = isOwn ? 'their own' : `${accounts.find(found.accountId)?.name}’s`
    audit(ctx, services, 'session.ended', `ended ${whose} log-in from ${found.address}`)
    ctx.body = accountDetails(ctx, services)
  })
}
