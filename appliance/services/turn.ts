import { isIP } from 'node:net'
import { createTurnCluster, type TurnClusterOptions, type TurnEngine } from '#turn'
import type { Config } from '../config/schema.ts'
import { parseIpPort } from '../config/values.ts'
import { mediaPorts } from '../media-ports.ts'
import { mediaAliases } from '../network-plan.ts'
import { SELF_TEST_USER } from '../relay/turn-admin.ts'
import type { Service } from '../service.ts'
import type { Ground } from './ground.ts'
import { turnUdpListeners } from './turn-udp.ts'

/** No client means its server's loopback address, unless it is the announced one. */
const LOOPBACK: readonly string[] = ['127.0.0.1', '::1']

const ANY_IPS: readonly string[] = ['0.0.0.0', '::']

/** Makes the TURN server; whom it admits and what certificate it shows follow their sources. */
export function assembleTurn(ground: Ground): TurnEngine {
  const { turnSecrets, certificates } = ground
  const turn = createTurnCluster(clusterOptions(ground))
  turnSecrets.onChange(() => {
    turn.setCredentials({ secrets: turnSecrets.all(), users: turnSecrets.users() })
  })
  certificates?.onChange((pair) => turn.setCertificate(pair))
  return turn
}

function clusterOptions(ground: Ground): TurnClusterOptions {
  const { plan, turnSecrets, certificates, log } = ground
  const { turn } = ground.loaded.config
  const everywhere = (port: number) => plan.anyIps.map((ip) => ({ ip, port }))
  const alternate = parseIpPort(turn.nat_discovery)
  const [relay, relay6] = plan.relays
  return {
    listen: {
      udp: turnUdpListeners(ground, turn.port, alternate),
      tcp: everywhere(turn.port),
      tls: certificates && turn.tls_port > 0 ? everywhere(turn.tls_port) : [],
    },
    ...(certificates && { certificate: certificates.keyPair() }),
    workers: turn.workers,
    relay: {
      ...relay,
      ...(relay6 && { ipv6: relay6 }),
      portMin: turn.relay_port_min,
      portMax: turn.relay_port_max,
    },
    realm: turn.realm || plan.ice.host,
    secrets: turnSecrets.all(),
    users: turnSecrets.users(),
    strictExpiry: turn.strict_expiry,
    strictChannels: turn.strict_channels,
    tcpRelays: turn.tcp_relays,
    ...(alternate && { natDiscovery: alternate }),
    proxyProtocolFrom: turn.proxy_protocol_from,
    policy: turn.peer_policy,
    ...reachable(ground),
    allowedPeers: turn.allowed_peers,
    deniedPeers: turn.denied_peers,
    limits: limitsOf(turn.limits),
    selfTestUserId: SELF_TEST_USER,
    log: log.child({ part: 'turn' }),
  }
}

/** Of this machine, relays reach the media ports and the echo of the self-test alone. */
function reachable({
  loaded: { config },
  plan,
  echo,
}: Ground): Pick<TurnClusterOptions, 'ownMedia' | 'peerAliases' | 'ownIps'> {
  // A relay carries UDP to media (RFC 8656), so the TCP ports are none of its business.
  const ports = mediaPorts(config).map(({ udp }) => udp)
  const aliases = mediaAliases(plan, ports)
  const echoAnnounced = echoAddress(plan, echo)
  return {
    ownMedia: [
      ...mediaIps(plan).flatMap((ip) => ports.map((port) => ({ ip, port }))),
      ...aliases.map(({ announced }) => announced),
      echoAnnounced,
    ],
    peerAliases: [...aliases, { announced: echoAnnounced, local: echo.local }],
    ownIps: plan.ownIps,
  }
}

/** The addresses at which relays find the media of this machine, the announced ones first. */
export function mediaIps({ mediaListen, ownIps }: Ground['plan']): readonly string[] {
  const announced = mediaListen.map(({ ip, announcedAddress = ip }) => announcedAddress)
  const listened = mediaListen.flatMap(({ ip }) =>
    ANY_IPS.includes(ip)
      ? ownIps.filter((own) => isIP(own) === isIP(ip) && !LOOPBACK.includes(own))
      : [ip],
  )
  return [...new Set([...announced, ...listened])]
}

/** The address under which a relay finds the echo: loopback stays out of every relay's reach. */
export function echoAddress(
  plan: Pick<Ground['plan'], 'relayIp'>,
  echo: Ground['echo'],
): Readonly<{ ip: string; port: number }> {
  return { ip: plan.relayIp, port: echo.local.port }
}

function limitsOf(limits: Config['turn']['limits']): NonNullable<TurnClusterOptions['limits']> {
  return {
    allocations: limits.allocations,
    allocationsPerUser: limits.allocations_per_user,
    allocationsPerAddress: limits.allocations_per_address,
    bytesPerSecondPerAllocation: limits.bytes_per_second_per_allocation,
    bytesPerSecondPerUser: limits.bytes_per_second_per_user,
    bytesPerDayPerUser: limits.bytes_per_day_per_user,
  }
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
