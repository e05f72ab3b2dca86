import ipaddr from 'ipaddr.js'
import { certificateConflicts } from './certificate-checks.ts'
import type { Locate, Problem } from './problems.ts'
import { showValue } from './problems.ts'
import type { Config } from './schema.ts'
import { parseIpPort } from './values.ts'

type Listener = Readonly<{ key: string; port: number }>

/** Lists what is wrong with options that are fine alone but do not go together. */
export function findConflicts(config: Config, locate: Locate): Problem[] {
  return [
    ...portClashes(tcpListeners(config), 'TCP', locate),
    ...portClashes(udpListeners(config), 'UDP', locate),
    ...relayRange(config, locate),
    ...relayShares(config, locate),
    ...certificateConflicts(config, locate),
    ...contradictedPeers(config, locate),
    ...announcedPort(config, locate),
    ...alternateAddress(config, locate),
    ...mailConflicts(config, locate),
  ]
}

function tcpListeners({ web, rtc, turn }: Config): Listener[] {
  return [
    { key: 'web.https_port', port: web.https_port },
    { key: 'web.http_port', port: web.http_port },
    { key: 'rtc.tcp_port', port: rtc.tcp_port },
    { key: 'turn.port', port: turn.port },
    ...(turn.tls_port === 0 || web.tls.mode === 'off'
      ? []
      : [{ key: 'turn.tls_port', port: turn.tls_port }]),
  ]
}

function udpListeners({ rtc, turn }: Config): Listener[] {
  const alternate = parseIpPort(turn.nat_discovery)
  return [
    { key: 'rtc.udp_port', port: rtc.udp_port },
    { key: 'turn.port', port: turn.port },
    ...(alternate === undefined ? [] : [{ key: 'turn.nat_discovery', port: alternate.port }]),
  ]
}

function portClashes(listeners: readonly Listener[], protocol: string, locate: Locate): Problem[] {
  return listeners.flatMap(({ key, port }, index) => {
    const earlier = listeners.slice(0, index).find((other) => other.port === port)
    if (earlier === undefined) return []
    return [
      {
        key,
        value: String(port),
        reason: `${earlier.key} uses the same ${protocol} port`,
        fix: `Give one of them another port ${locate(key)}`,
      },
    ]
  })
}

function relayRange(config: Config, locate: Locate): Problem[] {
  const { relay_port_min: first, relay_port_max: last } = config.turn
  if (first > last) {
    return [
      {
        key: 'turn.relay_port_min',
        value: String(first),
        reason: `it is above turn.relay_port_max (${last})`,
        fix: `Make it the smaller of the two ${locate('turn.relay_port_min')}`,
      },
    ]
  }
  return udpListeners(config)
    .filter(({ port }) => port >= first && port <= last)
    .map(({ key, port }) => ({
      key,
      value: String(port),
      reason: `it lies among the relay ports (turn.relay_port_min ${first} to turn.relay_port_max ${last})`,
      fix: `Choose a port outside, or narrow the relay range ${locate(key)}`,
    }))
}

/** Each TURN process and the web port's have ports of their own, a pair at least. */
function relayShares({ turn }: Config, locate: Locate): Problem[] {
  const { relay_port_min: first, relay_port_max: last, workers } = turn
  const evenFirst = first + (first % 2)
  const pairs = Math.floor((last + 1 - evenFirst) / 2)
  if (first > last || pairs > workers) return []
  return [
    {
      key: 'turn.relay_port_max',
      value: String(last),
      reason: `${last + 1 - first} relay ports are too few to share among ${workers} TURN workers`,
      fix: `Widen the range (100 ports for each worker are a good measure) or lower turn.workers ${locate('turn.relay_port_max')}`,
    },
  ]
}

function contradictedPeers({ turn }: Config, locate: Locate): Problem[] {
  const denied = new Set(turn.denied_peers.map(canonical))
  return turn.allowed_peers
    .filter((range) => denied.has(canonical(range)))
    .map((range) => ({
      key: 'turn.allowed_peers',
      value: showValue('turn.allowed_peers', range),
      reason: 'turn.denied_peers names it too',
      fix: `Remove it from one of them ${locate('turn.allowed_peers')}`,
    }))
}

function canonical(range: string): string {
  const [address, prefix] = range.includes('/') ? ipaddr.parseCIDR(range) : [ipaddr.parse(range), 0]
  return `${address.toNormalizedString()}/${prefix}`
}

/** One announced port can stand for one worker's port only. */
function announcedPort({ rtc }: Config, locate: Locate): Problem[] {
  const key = 'rtc.ice_host_port_override'
  if (rtc.ice_host_port_override === 0 || rtc.workers === 1) return []
  return [
    {
      key,
      value: String(rtc.ice_host_port_override),
      reason: `rtc.workers is ${rtc.workers}, and each worker has a port of its own`,
      fix: `Set rtc.workers to 1, or remove it ${locate(key)}`,
    },
  ]
}

/** NAT discovery compares two addresses of the machine (RFC 5780 §6). */
function alternateAddress({ turn, public_address }: Config, locate: Locate): Problem[] {
  const key = 'turn.nat_discovery'
  if (parseIpPort(turn.nat_discovery)?.ip !== public_address) return []
  const reason = 'it needs another IP than public_address'
  const fix = `Name a second address of this machine, or remove it ${locate(key)}`
  return [{ key, value: turn.nat_discovery, reason, fix }]
}

/** Mail needs a sender and somebody to go to; a password does not travel in plain. */
function mailConflicts({ alerts: { smtp } }: Config, locate: Locate): Problem[] {
  if (smtp.host === '') return []
  const missing = (option: 'from' | 'to' | 'password', reason: string): Problem => {
    const key = `alerts.smtp.${option}`
    return { key, value: undefined, reason, fix: `Set it ${locate(key)}` }
  }
  const { tls, user, password } = smtp
  return [
    ...(smtp.from === '' ? [missing('from', 'mail needs a sender')] : []),
    ...(smtp.to.length === 0 ? [missing('to', 'mail needs somebody to go to')] : []),
    ...(user !== '' && password === '' ? [missing('password', 'the user has none')] : []),
    ...(user !== '' && tls === 'none' ? [plainLogin(locate)] : []),
  ]
}

function plainLogin(locate: Locate): Problem {
  const key = 'alerts.smtp.tls'
  const fix = `Use starttls or tls, or remove alerts.smtp.user ${locate(key)}`
  return { key, value: 'none', reason: 'the password would travel in plain', fix }
}
