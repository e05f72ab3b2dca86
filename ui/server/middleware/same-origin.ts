import { type Next, refuse, type UiContext } from '../context.ts'
import { isSameOrigin } from '../same-origin.ts'

/** Refuses what another web site makes a visitor's browser send. */
export function requireSameOrigin(publicOrigin: string) {
  return async (ctx: UiContext, next: Next): Promise<void> => {
    if (isSameOrigin(ctx.req, ctx.state.source, publicOrigin)) await next()
    else refuse(ctx, 'CROSS_ORIGIN')
  }
}
