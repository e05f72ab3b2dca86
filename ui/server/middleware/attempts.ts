import type { Attempts } from '../attempts.ts'
import { type Next, refuse, type UiContext } from '../context.ts'

/** Bars an address that guesses: counts each try, and forgets them when the answer is a success. */
export function limitAttempts(attempts: Attempts) {
  return async (ctx: UiContext, next: Next): Promise<void> => {
    const { address } = ctx.state.source
    const waitSeconds = await attempts.begin(address)
    if (waitSeconds !== undefined) {
      ctx.set('Retry-After', String(waitSeconds))
      return refuse(
        ctx,
        'TOO_MANY_ATTEMPTS',
        `Too many attempts. Try again in ${inWords(waitSeconds)}.`,
      )
    }
    await next()
    if (ctx.status === 200) await attempts.succeed(address)
  }
}

function inWords(seconds: number): string {
  if (seconds < 90) return `${seconds} seconds`
  return `${Math.ceil(seconds / 60)} minutes`
}
