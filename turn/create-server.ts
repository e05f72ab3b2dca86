import type { TurnEngineOptions } from './engine-options.ts'
import { natDiscoveryOf } from './listen-options.ts'
import { createRandomSource } from './net/random.ts'
import { defaultLimits } from './server/limits.ts'
import { TurnServer, type TurnServerOptions } from './server/turn-server.ts'

/** What the rest of an engine gives its server. */
export type ServerSurroundings = Pick<
  TurnServerOptions,
  'credentials' | 'peerPolicy' | 'relayFamilies' | 'canDontFragment' | 'tcpRelays' | 'onFlow'
>

/** The deciding part of an engine; throws a TurnError for a NAT discovery address that cannot be used. */
export function createServer(
  options: TurnEngineOptions,
  surroundings: ServerSurroundings,
): TurnServer {
  const { realm, limits, nonceSecret, selfTestUserId } = options
  const natDiscovery = natDiscoveryOf(options)
  return new TurnServer({
    ...surroundings,
    realm,
    strictExpiry: options.strictExpiry ?? false,
    strictChannels: options.strictChannels ?? false,
    ...(nonceSecret && { nonceSecret }),
    ...(natDiscovery && { natDiscovery }),
    ...(selfTestUserId !== undefined && { selfTestUserId }),
    limits: { ...defaultLimits, ...limits },
    random: createRandomSource(),
  })
}
