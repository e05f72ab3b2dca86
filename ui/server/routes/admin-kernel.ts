import type { Router } from '@koa/router'
import type { KernelChanged } from '#api'
import { audit } from '../audit.ts'
import { refuse, type UiContext, type UiState } from '../context.ts'
import type { KernelAdmin, KernelChange } from '../deps.ts'
import { mayChange } from '../middleware/may-change.ts'
import { requireSession } from '../middleware/session.ts'
import type { Services } from '../services.ts'

/** What the page "Kernel" shows and does. What changes is audited. */
export function adminKernelRoutes(router: Router<UiState>, services: Services): void {
  const { sessions } = services
  const { kernel } = services.deps
  if (!kernel) return
  const root = '/api/admin/kernel'

  router.get(root, requireSession(sessions), async (ctx) => {
    ctx.body = await kernel.details()
  })
  router.post(`${root}/apply`, ...mayChange(services), async (ctx) => {
    const change = await kernel.apply()
    if (change.ok) audit(ctx, services, 'kernel.applied', 'applied the kernel settings')
    await answer(ctx, kernel, change)
  })
  router.post(`${root}/revert`, ...mayChange(services), async (ctx) => {
    const change = await kernel.revert()
    if (change.ok) audit(ctx, services, 'kernel.reverted', 'took the kernel settings back')
    await answer(ctx, kernel, change)
  })
}

async function answer(ctx: UiContext, kernel: KernelAdmin, change: KernelChange): Promise<void> {
  if (!change.ok)
    return refuse(ctx, change.isBusy ? 'KERNEL_BUSY' : 'KERNEL_REFUSED', change.message)
  ctx.body = {
    message: change.message,
    details: await kernel.details(),
  } satisfies KernelChanged
}
