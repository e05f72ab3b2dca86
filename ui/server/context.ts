import type { DefaultContext, ParameterizedContext } from 'koa'
import { errorBody, FAULTS, type FaultCode } from './faults.ts'
import type { RequestSource } from './request-source.ts'
import type { AdminLogin } from './sessions.ts'

/** What the middleware before a route has found out. */
export type UiState = {
  source: RequestSource
  /** Who it comes from: set behind `requireSession`, and where a token was given. */
  login?: AdminLogin
  /** Looks `login` up anew: whoever had it may have lost it while their request was under way. */
  lookAgain?: () => AdminLogin | undefined
}

/** The context that every route and middleware of this folder works on. */
export type UiContext = ParameterizedContext<UiState, DefaultContext, unknown>

/** What a middleware calls to go on. */
export type Next = () => Promise<unknown>

/** Whether the login that a request came with is still good for the same; asked after each wait, before anything is done. */
export function stillHolds({ state: { login, lookAgain } }: UiContext): boolean {
  return login === undefined || lookAgain?.()?.role === login.role
}

/** Answers with a refusal of the table, as JSON. */
export function refuse(ctx: UiContext, code: FaultCode, message?: string): void {
  ctx.status = FAULTS[code].status
  ctx.body = errorBody(code, message)
}
