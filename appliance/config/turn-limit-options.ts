import { z } from 'zod'
import { defaults } from './defaults.ts'
import { option } from './option.ts'

const MAX_BYTES = 2 ** 50

const places = (byDefault: number, effect: string) =>
  option(z.int().min(1).max(1_000_000), byDefault, {
    kind: 'number',
    accepts: 'a number from 1 to 1000000',
    unit: 'relays',
    effect,
  })

const traffic = (byDefault: number, effect: string) =>
  option(z.int().min(0).max(MAX_BYTES), byDefault, {
    kind: 'number',
    accepts: `a number from 0 to ${MAX_BYTES}`,
    unit: 'bytes',
    effect,
    byDefault: '0: no limit',
  })

const { limits } = defaults.turn

/** `turn.limits.*`: what one client, one user and everybody may take of the relay, over all workers. */
export const turnLimits = z.object({
  allocations: places(limits.allocations, 'Relays at once, everybody; the next is told 508.'),
  allocations_per_user: places(
    limits.allocations_per_user,
    'Relays at once of one user id; the next is told 486. A browser makes one per network interface and ICE server.',
  ),
  allocations_per_address: option(z.int().min(0).max(1_000_000), limits.allocations_per_address, {
    kind: 'number',
    accepts: 'a number from 0 (no limit) to 1000000',
    unit: 'relays',
    effect:
      'Relays at once of one client address (an IPv4 address, an IPv6 /64); the next is told 486. A whole office may share one.',
  }),
  bytes_per_second_per_allocation: traffic(
    limits.bytes_per_second_per_allocation,
    'Payload that one relay may carry a second, each way; packets beyond are dropped.',
  ),
  bytes_per_second_per_user: traffic(
    limits.bytes_per_second_per_user,
    'Payload that all relays of one user id may carry a second, both ways together; packets beyond are dropped.',
  ),
  bytes_per_day_per_user: traffic(
    limits.bytes_per_day_per_user,
    'Payload that all relays of one user id may carry within 24 hours, both ways together; packets beyond are dropped and new relays are told 486.',
  ),
})
