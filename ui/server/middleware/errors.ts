import { randomUUID } from 'node:crypto'
import { type Next, refuse, type UiContext } from '../context.ts'
import type { Log } from '../deps.ts'
import type { FaultCode } from '../faults.ts'

/**
 * The one place where errors end: a request that cannot be read becomes its refusal, anything else
 * is a mistake of ours, logged under an id that the answer names. Paths nobody serves get their 404
 * and 405 here: JSON under `/api`, a sentence elsewhere.
 */
export function answerErrors(log: Log) {
  return async (ctx: UiContext, next: Next): Promise<void> => {
    try {
      await next()
      answerUnserved(ctx)
    } catch (error) {
      const code = clientFault(error)
      if (code) return refuse(ctx, code)
      const id = randomUUID()
      log.error({ err: error, id, method: ctx.method, path: ctx.path }, 'a request failed')
      refuse(ctx, 'INTERNAL', `The server made a mistake; its log has it as ${id}. Try again.`)
    }
  }
}

function answerUnserved(ctx: UiContext): void {
  if (ctx.body !== undefined && ctx.body !== null) return
  if (ctx.status === 404) refuse(ctx, 'NOT_FOUND')
  else if (ctx.status === 405 || ctx.status === 501) refuse(ctx, 'METHOD_NOT_ALLOWED')
  else return
  if (ctx.path.startsWith('/api/')) return
  ctx.type = 'text/plain; charset=utf-8'
  ctx.body = 'There is nothing here. Calls are at /call/<room>.\n'
}

const BY_TYPE: Readonly<Record<string, FaultCode>> = {
  'entity.too.large': 'BODY_TOO_LARGE',
  'encoding.unsupported': 'BODY_NOT_JSON',
  'charset.unsupported': 'BODY_NOT_JSON',
  'request.size.invalid': 'BODY_MALFORMED',
  'request.aborted': 'BODY_MALFORMED',
}

function clientFault(error: unknown): FaultCode | undefined {
  if (!(error instanceof Error)) return undefined
  if (error instanceof URIError) return 'URL_MALFORMED'
  const type = 'type' in error && typeof error.type === 'string' ? error.type : ''
  const known = Object.hasOwn(BY_TYPE, type) ? BY_TYPE[type] : undefined
  if (known) return known
  return 'status' in error && error.status === 400 ? 'BODY_MALFORMED' : undefined
}
