import { z } from 'zod'
import type { CallTokenRequest, RandomSource } from './deps.ts'

/** A room's name: what can stand in a link and in a list. */
export const roomNameSchema = z
  .string()
  .trim()
  .regex(/^\P{Cc}{1,128}$/u, 'Name the room: 1 to 128 characters.')

/** A person's name as others in the call see it. */
export const personNameSchema = z
  .string()
  .trim()
  .regex(/^\P{Cc}{1,64}$/u, 'A name has 1 to 64 characters.')

/** A token request under an identity of its own, so that two people never push each other out. */
export function seatFor(
  random: RandomSource,
  role: 'admin' | 'guest',
  { room, name }: Readonly<{ room: string; name: string }>,
): CallTokenRequest {
  return { room, identity: `${role}-${Buffer.from(random(6)).toString('hex')}`, name }
}
