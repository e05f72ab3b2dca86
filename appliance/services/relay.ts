import { isIP } from 'node:net'
import type { SelfTestResult } from '#api'
import { createProxyList, type OwnPort } from '#turn'
import type { Config } from '../config/schema.ts'
import { probeDenyList } from '../health/deny-probe.ts'
import { type TestedDoor, testRelay } from '../health/relay-self-test.ts'
import { createRelayWatch, type RelayWatch } from '../health/relay-watch.ts'
import { relayFamilies } from '../network-plan.ts'
import type { IssueCredentials } from '../relay/issue-credentials.ts'
import { SELF_TEST_USER } from '../relay/turn-admin.ts'
import type { Ground } from './ground.ts'
import { echoAddress, mediaIps } from './turn.ts'

/** How long the login of one try is good. */
const LOGIN_SECONDS = 60

/** The header of a connection that a proxy makes for itself (PROXY protocol v2 §2.2, LOCAL). */
const LOCAL_HEADER = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex')

/** Watches the relay by relaying to ourselves; needs the TURN server and the web ports to be open. */
export function assembleRelayWatch(ground: Ground, issue: IssueCredentials): RelayWatch {
  const { plan, echo, certificates, log } = ground
  const { config } = ground.loaded
  const login = () => issue(SELF_TEST_USER, LOGIN_SECONDS)
  const doors = testedDoors(ground, loopbackOf(ground))
  const families = relayFamilies(plan)
  const watch: RelayWatch = createRelayWatch({
    test: () =>
      testRelay({
        doors,
        shut: shutDoors(config),
        login,
        echo,
        echoAnnounced: echoAddress(plan, echo),
        family: families[0],
        host: plan.ice.host,
        source: certificates?.source() ?? 'self-signed',
      }),
    probe: async () => {
      const open = watch.latest().results.find(({ ok }) => ok)
      const through = doors.find(({ door }) => door === open?.transport) ?? doors[0]
      if (through === undefined) return []
      return probeDenyList({
        target: through.target,
        login,
        families,
        ownPorts: ownPorts(ground),
        mediaIps: [...mediaIps(plan), plan.relayIp],
        onlySfu: config.turn.peer_policy === 'sfu-only',
      })
    },
    log: log.child({ part: 'relay' }),
  })
  return watch
}

function loopbackOf({ plan }: Ground): string {
  return plan.anyIps.includes('0.0.0.0') ? '127.0.0.1' : '::1'
}

/** The ways in, by one address of this machine. */
export function testedDoors(
  { loaded: { config }, plan, certificates }: Pick<Ground, 'loaded' | 'plan' | 'certificates'>,
  ip: string,
): readonly TestedDoor[] {
  const { turn, web } = config
  const serverName = isIP(plan.ice.host) === 0 ? { serverName: plan.ice.host } : {}
  const tls = { transport: 'tls', ip, ...serverName } as const
  const behindProxy = preamble(ip, turn.proxy_protocol_from)
  const plain: TestedDoor[] = [
    { door: 'udp', target: { transport: 'udp', ip, port: turn.port }, option: 'turn.port' },
    {
      door: 'tcp',
      target: { transport: 'tcp', ip, port: turn.port, ...behindProxy },
      option: 'turn.port',
    },
  ]
  if (certificates === undefined) return plain
  const own: TestedDoor = {
    door: 'tls',
    target: { ...tls, port: turn.tls_port, ...behindProxy },
    option: 'turn.tls_port',
  }
  const onWeb: TestedDoor = {
    door: 'tls-web',
    target: { ...tls, port: web.https_port, ...preamble(ip, web.proxy_protocol_from) },
    option: 'web.https_port',
  }
  return [...plain, ...(turn.tls_port > 0 ? [own] : []), onWeb]
}

function preamble(ip: string, proxies: readonly string[]): Readonly<{ preamble?: Uint8Array }> {
  const isProxy = createProxyList('turn.proxy_protocol_from', proxies)
  return isProxy(ip) ? { preamble: LOCAL_HEADER } : {}
}

function shutDoors({ web, turn }: Config): readonly SelfTestResult[] {
  if (web.tls.mode !== 'off' || turn.tls_port === 0) return []
  return [
    {
      transport: 'tls',
      ok: false,
      rttMs: undefined,
      problem: 'There is no certificate (web.tls.mode is `off`), so there is no TURN over TLS.',
      fix: 'Let the proxy pass TLS on to turn.port, or set turn.tls_port to 0 if nobody needs it.',
    },
  ]
}

/** What strangers would look for on this machine. */
function ownPorts({ loaded: { config }, plan }: Ground): readonly OwnPort[] {
  const ports = [
    ['SSH of this machine', 22],
    ['web pages of this machine', config.web.https_port],
    ['plain HTTP of this machine', config.web.http_port],
    ['TURN itself', config.turn.port],
  ] as const
  const ips = [plan.relayIp, ...(plan.ipv6 === undefined ? [] : [plan.ipv6])]
  return ips.flatMap((ip) => ports.map(([name, port]) => ({ name, ip, port })))
}
