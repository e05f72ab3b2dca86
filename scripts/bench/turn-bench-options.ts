import type { TurnEngineOptions } from '#turn'

/** Our engine as it is measured: UDP on loopback, and no limit that a measurement would reach. */
export function benchOptions(secret: string): TurnEngineOptions {
  return {
    listen: { udp: [{ ip: '127.0.0.1', port: 0 }], tcp: [] },
    relay: { ip: '127.0.0.1', announcedIp: '127.0.0.1', portMin: 20_000, portMax: 29_999 },
    realm: 'bench',
    secrets: [secret],
    ownMedia: [],
    allowedPeers: ['127.0.0.0/8'],
    limits: { allocationsPerUser: 8192, unauthenticatedAnswersBurst: 100_000 },
  }
}
