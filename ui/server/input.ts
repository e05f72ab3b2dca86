import type { z } from 'zod'
import { refuse, type UiContext } from './context.ts'

/**
 * Checks what a client sent. When it does not fit, refuses the request naming the field, and
 * returns `undefined`.
 */
export function parseInput<T>(ctx: UiContext, schema: z.ZodType<T>, input: unknown): T | undefined {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const field = issue?.path.join('.') ?? ''
  refuse(ctx, 'INPUT_INVALID', field ? `${field}: ${issue?.message}` : issue?.message)
  return undefined
}
