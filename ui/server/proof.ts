import { refuse, stillHolds, type UiContext } from './context.ts'
import type { AccountRecord } from './deps.ts'
import type { Services } from './services.ts'

/**
 * The caller's account, when the password is theirs and their login still holds after the while that checking takes;
 * refuses otherwise.
 */
export async function provenOwner(
  { accounts }: Services,
  ctx: UiContext,
  password: string,
): Promise<AccountRecord | undefined> {
  const accountId = ctx.state.login?.session?.accountId ?? ''
  const fault = await accounts.checkPassword(accountId, password)
  if (!fault && stillHolds(ctx)) return accounts.find(accountId)
  refuse(ctx, fault ?? 'LOGIN_REQUIRED')
  return undefined
}
