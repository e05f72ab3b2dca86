import { bodyParser } from '@koa/bodyparser'
import { type Next, refuse, stillHolds, type UiContext } from '../context.ts'

const parse = bodyParser({ enableTypes: ['json'], jsonLimit: '64kb', onError: rethrow })

/**
 * Reads the body as JSON of at most 64 kB into `ctx.request.body`; refuses every other type. A body may be sent slowly, and
 * whose login ends meanwhile is refused.
 */
export async function jsonBody(ctx: UiContext, next: Next): Promise<void> {
  if (ctx.is('application/json') === 'application/json') await parse(ctx, () => Promise.resolve())
  else return refuse(ctx, 'BODY_NOT_JSON')
  if (!stillHolds(ctx)) return refuse(ctx, 'LOGIN_REQUIRED')
  await next()
}

function rethrow(error: Error): never {
  throw error
}
