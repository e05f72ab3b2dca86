import type { Router } from '@koa/router'
import { z } from 'zod'
import type { AdminSession } from '#api'
import { DEFAULT_NAME } from '../accounts/accounts.ts'
import {
  codeSchema,
  firstNameSchema,
  passwordSchema,
  plainName,
  typedNameSchema,
} from '../accounts/input.ts'
import { audit } from '../audit.ts'
import { refuse, type UiContext, type UiState } from '../context.ts'
import type { AccountRecord } from '../deps.ts'
import type { FaultCode } from '../faults.ts'
import { parseInput } from '../input.ts'
import { openSession } from '../log-in.ts'
import { limitAttempts, refuseForAWhile } from '../middleware/attempts.ts'
import { jsonBody } from '../middleware/json-body.ts'
import { mayChangeOwn } from '../middleware/may-change.ts'
import { requireSameOrigin } from '../middleware/same-origin.ts'
import { loginOf } from '../middleware/session.ts'
import type { Services } from '../services.ts'
import { clearSessionCookie } from '../session-cookie.ts'
import type { AdminLogin } from '../sessions.ts'

const setupSchema = z.object({
  code: z.string().max(256),
  name: firstNameSchema,
  password: passwordSchema,
})

const loginSchema = z.object({
  name: typedNameSchema,
  password: passwordSchema,
  /** Asked for once the password was right. */
  code: codeSchema.default(''),
})

/** Set-up, log-in, log-out, and which of them the page should offer. */
export function adminSessionRoutes(router: Router<UiState>, services: Services): void {
  const { deps, accounts, sessions } = services
  const sameOrigin = requireSameOrigin(deps.publicOrigin)
  const limitSetup = limitAttempts(services, () => undefined)
  const limitLogin = limitAttempts(services, typedName)

  router.get('/api/admin/session', (ctx) => {
    ctx.body = sessionState(services, ctx)
  })

  router.post('/api/admin/setup', sameOrigin, jsonBody, limitSetup, async (ctx) => {
    const body = parseInput(ctx, setupSchema, ctx.request.body)
    if (!body) return
    const account = await accounts.setUp(body.code, body)
    if (typeof account === 'string') return refuse(ctx, account)
    logIn(services, ctx, { account, words: 'opened the set-up link and is admin' })
  })

  router.post('/api/admin/login', sameOrigin, jsonBody, limitLogin, async (ctx) => {
    const body = parseInput(ctx, loginSchema, ctx.request.body)
    if (!body) return
    const account = await accounts.checkLogin(body.name, body.password)
    if (typeof account === 'string') return failLogin(services, ctx, body.name, account)
    if (account.totp && !(await passesCode(services, ctx, account, body.code))) return
    logIn(services, ctx, { account, words: 'logged in' })
  })

  router.post('/api/admin/logout', ...mayChangeOwn(services), (ctx) => {
    const { session } = ctx.state.login ?? {}
    if (session) sessions.end(session.id)
    clearSessionCookie(ctx.res, ctx.state.source)
    audit(ctx, services, 'logout', 'logged out')
    ctx.body = { state: 'logged-out' } satisfies AdminSession
  })
}

/** The second step, which follows a right password only. Refuses unless the code is right. */
async function passesCode(
  services: Services,
  ctx: UiContext,
  account: AccountRecord,
  code: string,
): Promise<boolean> {
  const { attempts, secondFactor } = services
  if (code === '') {
    refuse(ctx, 'CODE_NEEDED')
    return false
  }
  const waitSeconds = await attempts.beginCode(account.id)
  if (waitSeconds !== undefined) {
    refuseForAWhile(ctx, waitSeconds)
    return false
  }
  const fault = secondFactor.use(account.id, code)
  if (fault) {
    failLogin(services, ctx, account.name, fault)
    return false
  }
  await attempts.succeedCode(account.id)
  return true
}

const LOGIN_WRONG = 'That name or password is not right.'

function failLogin(services: Services, ctx: UiContext, name: string, fault: FaultCode): void {
  const account = services.accounts.named(name)
  services.auditLog.failedLogin(ctx.state.source.address, account?.name)
  refuse(ctx, fault, fault === 'PASSWORD_WRONG' ? LOGIN_WRONG : undefined)
}

type Entry = Readonly<{ account: AccountRecord; words: string }>

function logIn(services: Services, ctx: UiContext, { account, words }: Entry): void {
  const login = openSession(services, ctx, account.id)
  services.accounts.noteLogin(account.id)
  audit(ctx, services, 'login', words)
  ctx.body = loggedIn(login)
}

/** For counting; what is no name at all is refused afterwards. */
function typedName(ctx: UiContext): string {
  const { body } = ctx.request
  const name = typeof body === 'object' && body !== null && 'name' in body ? body.name : undefined
  return typeof name === 'string' ? plainName(name.slice(0, 64)) : DEFAULT_NAME
}

function sessionState({ accounts, sessions }: Services, ctx: UiContext): AdminSession {
  const login = loginOf(ctx, sessions)
  if (login) return loggedIn(login)
  return { state: accounts.isSetUp ? 'logged-out' : 'needs-setup' }
}

function loggedIn({ by, role, session }: AdminLogin): AdminSession {
  return { state: 'logged-in', csrf: session?.csrf ?? '', name: by, role }
}
