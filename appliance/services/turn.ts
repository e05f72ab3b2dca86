import { createTurnEngine, type TurnEngine } from '#turn'
import { turnSecrets } from '../data-dir.ts'
import { mediaPorts } from '../media-ports.ts'
import { mediaAliases } from '../network-plan.ts'
import type { Service } from '../service.ts'
import type { Ground } from './ground.ts'

/** Makes the TURN engine; of this machine its relays reach the media ports alone. */
export function assembleTurn({ loaded: { config }, plan, secrets, log }: Ground): TurnEngine {
  const everywhere = [{ ip: plan.anyIp, port: config.turn.port }]
  // A relay carries UDP only (RFC 8656), so the TCP ports are none of its business.
  const ports = mediaPorts(config).map(({ udp }) => udp)
  const aliases = mediaAliases(plan, ports)
  const mediaIps = new Set([plan.mediaIp, ...plan.ownIps])
  return createTurnEngine({
    listen: { udp: everywhere, tcp: everywhere },
    relay: {
      ip: plan.anyIp,
      announcedIp: plan.relayIp,
      portMin: config.turn.relay_port_min,
      portMax: config.turn.relay_port_max,
    },
    realm: config.turn.realm || plan.ice.host,
    secrets: turnSecrets(config, secrets),
    ownMedia: [
      ...[...mediaIps].flatMap((ip) => ports.map((port) => ({ ip, port }))),
      ...aliases.map(({ announced }) => announced),
    ],
    peerAliases: aliases,
    ownIps: plan.ownIps,
    allowedPeers: config.turn.allowed_peers,
    deniedPeers: config.turn.denied_peers,
    log: log.child({ part: 'turn' }),
  })
}

/** Runs the engine as a service. */
export function turnService(turn: TurnEngine): Service {
  return {
    name: 'turn',
    start: () => turn.start(),
    stop: () => turn.close('the appliance stops'),
    health: () => {
      const listening = turn.listening().length
      return listening > 0
        ? { ok: true, detail: `${turn.stats().allocations} allocations` }
        : { ok: false, detail: 'not listening' }
    },
  }
}
