import { RateLimiterMemory } from 'rate-limiter-flexible'
import { waitAfter } from '../attempts.ts'
import { type Next, refuse, type UiContext } from '../context.ts'
import { attemptKey } from '../request-source.ts'
import type { Services } from '../services.ts'
import { refuseForAWhile } from './attempts.ts'

/** Wrong tokens of one address a minute. */
const WRONG_TOKENS = 20

/**
 * Notes whom the token of `Authorization: Bearer` stands for as `ctx.state.login`; a wrong one is
 * refused here, and an address that guesses is barred for a while, with a right one too.
 */
export function identifyBearer({ tokens }: Services) {
  const wrong = new RateLimiterMemory({ points: WRONG_TOKENS, duration: 60 })
  return async (ctx: UiContext, next: Next): Promise<void> => {
    const [, given] = /^Bearer +(\S+)$/i.exec(ctx.get('authorization')) ?? []
    if (given === undefined) return void (await next())
    const source = attemptKey(ctx.state.source.address)
    const known = await wrong.get(source)
    if (known && known.remainingPoints <= 0) return refuseForAWhile(ctx, 60)
    const login = tokens.use(given)
    if (login) {
      ctx.state.login = login
      ctx.state.lookAgain = () => tokens.use(given)
      return void (await next())
    }
    const waitSeconds = await waitAfter(wrong, source)
    if (waitSeconds !== undefined) return refuseForAWhile(ctx, waitSeconds)
    ctx.set('WWW-Authenticate', 'Bearer realm="callbox"')
    refuse(ctx, 'TOKEN_WRONG')
  }
}
