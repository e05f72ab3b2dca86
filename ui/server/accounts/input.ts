import { z } from 'zod'
import { DEFAULT_NAME } from './accounts.ts'

/** These stand for something else in the audit log. */
const TAKEN = new Set(['console', 'nobody'])

/** A name of an account: what is easy to type, and to tell from another. */
export const accountNameSchema = z
  .string()
  .trim()
  .toLowerCase()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,31}$/,
    'A name has 1 to 32 letters a to z, digits, dots, hyphens and underscores.',
  )
  .refine((name) => !TAKEN.has(name), 'This name means something else here. Choose another.')

/** The name of a new account, where none may be given. */
export const firstNameSchema = accountNameSchema.default(DEFAULT_NAME)

/** A name as people type it at log-in. */
export const typedNameSchema = z.string().max(64).transform(plainName).default(DEFAULT_NAME)

/** A password as people type it; how long a new one must be is another question. */
export const passwordSchema = z.string().max(4096)

/** What an account may do. */
export const roleSchema = z.enum(['admin', 'viewer'])

/** A one-time or recovery code as people type it. */
export const codeSchema = z.string().trim().max(64)

/** A name as it is kept. */
export function plainName(name: string): string {
  return name.trim().toLowerCase()
}
