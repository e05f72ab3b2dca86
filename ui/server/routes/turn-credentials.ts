import { bodyParser } from '@koa/bodyparser'
import type { Router } from '@koa/router'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { z } from 'zod'
import type { TurnRestCredentials } from '#api'
import { type Next, refuse, type UiContext, type UiState } from '../context.ts'
import type { RandomSource, TurnAdmin } from '../deps.ts'
import type { FaultCode } from '../faults.ts'
import { parseInput } from '../input.ts'
import { attemptKey } from '../request-source.ts'
import { randomText, sameSecret } from '../secrets.ts'
import type { Services } from '../services.ts'

/** How often an address may ask in a minute, and be wrong about the key. */
export type CredentialLimits = Readonly<{ requests: number; wrongKeys: number }>

const DEFAULT_LIMITS: CredentialLimits = { requests: 6000, wrongKeys: 20 }

/** The relay takes credentials of at most a week; below a minute they end before a call begins. */
const LIFETIME_SECONDS = { min: 60, max: 7 * 86_400 }

const requestSchema = z.object({
  service: z.literal('turn', 'ask for "service=turn"'),
  username: z
    .string()
    .regex(/^[^\p{Cc}]{1,128}$/u, 'between 1 and 128 characters, none of them a control character')
    .optional(),
  ttl: z.coerce.number().int().min(LIFETIME_SECONDS.min).max(LIFETIME_SECONDS.max).optional(),
})

const readBody = bodyParser({
  enableTypes: ['json', 'form'],
  jsonLimit: '4kb',
  formLimit: '4kb',
  onError: (error) => {
    throw error
  },
})

/**
 * `GET` and `POST /api/turn`: short-lived credentials for a chat server's clients, in the form of
 * draft-uberti-behave-turn-rest-00. The key comes as `key` or `api`, or as a Bearer token.
 */
export function turnCredentialRoutes(
  router: Router<UiState>,
  { deps }: Services,
  limits: CredentialLimits = DEFAULT_LIMITS,
): void {
  const { turn } = deps
  if (!turn) return
  const guard = requireKey(turn, limits)
  router.get('/api/turn', guard, (ctx) => answer(ctx, turn, deps.random, ctx.query))
  router.post('/api/turn', readForm, guard, (ctx) =>
    answer(ctx, turn, deps.random, { ...ctx.query, ...fieldsOf(ctx.request.body) }),
  )
}

function answer(ctx: UiContext, turn: TurnAdmin, random: RandomSource, fields: object): void {
  const request = parseInput(ctx, requestSchema, fields)
  if (!request) return
  const { username, ttl } = request
  ctx.body = turn.issueCredentials({
    // Quotas count by this name: without one, each client is somebody else.
    id: username ?? `anonymous-${randomText(random, 9)}`,
    ...(ttl === undefined ? {} : { ttlSeconds: ttl }),
  }) satisfies TurnRestCredentials
}

async function readForm(ctx: UiContext, next: Next): Promise<void> {
  const type = ctx.is('application/json', 'application/x-www-form-urlencoded')
  const isEmpty = type === null || ctx.request.length === 0
  if (!isEmpty && type === false) return refuse(ctx, 'BODY_NOT_FORM')
  if (!isEmpty) await readBody(ctx, () => Promise.resolve())
  await next()
}

/** Bars an address that guesses, then wants the key; the right one may ask often. */
function requireKey(turn: TurnAdmin, limits: CredentialLimits) {
  const wrong = new RateLimiterMemory({ points: limits.wrongKeys, duration: 60 })
  const asked = new RateLimiterMemory({ points: limits.requests, duration: 60 })
  return async (ctx: UiContext, next: Next): Promise<void> => {
    const source = attemptKey(ctx.state.source.address)
    const fault = keyFault(ctx, turn.apiKey())
    if (fault !== undefined && !(await isUsedUp(wrong, source))) {
      ctx.set('WWW-Authenticate', 'Bearer realm="callbox"')
      return refuse(ctx, fault)
    }
    if (fault !== undefined || (await isBarred(wrong, source)) || (await isUsedUp(asked, source))) {
      return refuseForAWhile(ctx)
    }
    await next()
  }
}

function keyFault(ctx: UiContext, expected: string): FaultCode | undefined {
  const given = keyOf(ctx)
  if (given === undefined) return 'TURN_KEY_MISSING'
  return sameSecret(given, expected) ? undefined : 'TURN_KEY_WRONG'
}

function refuseForAWhile(ctx: UiContext): void {
  ctx.set('Retry-After', '60')
  refuse(ctx, 'TOO_MANY_ATTEMPTS', 'Too many requests from this address. Try again in a minute.')
}

async function isBarred(limiter: RateLimiterMemory, source: string): Promise<boolean> {
  const known = await limiter.get(source)
  return known !== null && known.remainingPoints <= 0
}

async function isUsedUp(limiter: RateLimiterMemory, source: string): Promise<boolean> {
  try {
    await limiter.consume(source)
    return false
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return true
    throw refusal
  }
}

function keyOf(ctx: UiContext): string | undefined {
  const [, bearer] = /^Bearer +(\S+)$/i.exec(ctx.get('authorization')) ?? []
  const { key, api } = { ...ctx.query, ...fieldsOf(ctx.request.body) }
  return [bearer, key, api].find((each) => typeof each === 'string')
}

function fieldsOf(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === 'object' && body !== null ? { ...body } : {}
}
