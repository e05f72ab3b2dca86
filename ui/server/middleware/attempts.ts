import { type Next, refuse, type UiContext } from '../context.ts'
import { attemptKey } from '../request-source.ts'
import type { Services } from '../services.ts'

/** Whose account is tried, as `limitAttempts` counts; `undefined` when none is named. */
export type Tried = (ctx: UiContext) => string | undefined

/**
 * Bars an address that guesses, and guessing at one account from many addresses: counts each try,
 * and forgets them when the answer is a success.
 */
export function limitAttempts(services: Services, triedName: Tried = ownName) {
  const { attempts } = services
  return async (ctx: UiContext, next: Next): Promise<void> => {
    const { address } = ctx.state.source
    const account = triedName(ctx)
    const attempt = { address, account, isKnown: isLoggedInFrom(services, account, address) }
    const waitSeconds = await attempts.begin(attempt)
    if (waitSeconds !== undefined) return refuseForAWhile(ctx, waitSeconds)
    await next()
    if (ctx.status === 200) await attempts.succeed(attempt)
  }
}

/** Refuses with how long to wait, in the header and in words. */
export function refuseForAWhile(ctx: UiContext, waitSeconds: number): void {
  ctx.set('Retry-After', String(waitSeconds))
  refuse(ctx, 'TOO_MANY_ATTEMPTS', `Too many attempts. Try again in ${inWords(waitSeconds)}.`)
}

function ownName(ctx: UiContext): string | undefined {
  return ctx.state.login?.by
}

function isLoggedInFrom(
  { accounts, sessions }: Services,
  name: string | undefined,
  address: string,
): boolean {
  const account = name === undefined ? undefined : accounts.named(name)
  if (!account) return false
  const key = attemptKey(address)
  return sessions.list(account.id).some((session) => attemptKey(session.address) === key)
}

function inWords(waitSeconds: number): string {
  if (waitSeconds < 90) return `${waitSeconds} seconds`
  if (waitSeconds < 5400) return `${Math.ceil(waitSeconds / 60)} minutes`
  return `${Math.ceil(waitSeconds / 3600)} hours`
}
