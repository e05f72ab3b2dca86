import type { Next, UiContext } from '../context.ts'
import type { SourceFinder } from '../request-source.ts'

/** Notes where the request came from, for everything after it. */
export function noteSource(find: SourceFinder) {
  return async (ctx: UiContext, next: Next): Promise<void> => {
    ctx.state.source = find(ctx.req)
    await next()
  }
}
