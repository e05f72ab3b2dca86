import type { Config } from '../config/schema.ts'
import { mediaPorts } from '../media-ports.ts'
import { OWN_COMMAND } from '../own-command.ts'
import { type PortSet, portSet } from './port-set.ts'

/** What a setting has to be. A number beyond `atLeast` or `atMost`, or further reserved ports, are kept. */
export type Wanted =
  | Readonly<{ rule: 'atLeast' | 'atMost' | 'exactly'; value: number }>
  | Readonly<{ rule: 'reserves'; ports: PortSet }>

/** One kernel setting (sysctl), and why it matters here. */
export type Setting = Readonly<{
  key: string
  wanted: Wanted
  why: string
  /** The kernel sizes it by the machine's memory and mostly higher: raised where it is low, else left alone. */
  sizedByMachine?: true
  /** There only while its module is loaded; a kernel without it needs nothing. */
  moduleOnly?: true
}>

/** Socket buffers that hold half a second of media at 250 Mbit/s. */
const WANTED_BUFFER_BYTES = 16 * 1024 * 1024

const DEFAULT_BUFFER_BYTES = 1024 * 1024

const atLeast = (value: number): Wanted => ({ rule: 'atLeast', value })
const atMost = (value: number): Wanted => ({ rule: 'atMost', value })
const exactly = (value: number): Wanted => ({ rule: 'exactly', value })

/** The settings that do not depend on the configuration. */
const fixedSettings: readonly Setting[] = [
  {
    key: 'net.core.rmem_max',
    wanted: atLeast(WANTED_BUFFER_BYTES),
    why: 'the largest receive buffer a socket is granted; media and TURN ask for 16 MiB, so that a burst or a busy moment loses nothing',
  },
  {
    key: 'net.core.wmem_max',
    wanted: atLeast(WANTED_BUFFER_BYTES),
    why: 'the same for sending: one packet leaves to everybody in the call at once',
  },
  {
    key: 'net.core.optmem_max',
    wanted: atLeast(WANTED_BUFFER_BYTES),
    why: 'what a socket may spend on options and messages beside the data: error queues, timestamps, offloaded sends',
  },
  {
    key: 'net.core.rmem_default',
    wanted: atLeast(DEFAULT_BUFFER_BYTES),
    why: 'relay sockets ask for no size, there are thousands of them: enough for a key frame, and filled only while one waits',
  },
  {
    key: 'net.core.wmem_default',
    wanted: atLeast(DEFAULT_BUFFER_BYTES),
    why: 'the same for what relays send',
  },
  {
    key: 'net.core.netdev_max_backlog',
    wanted: atLeast(16_384),
    why: 'packets that wait for a core; all from relays to the media of this machine pass here, and 1000 are a burst',
  },
  {
    key: 'net.core.netdev_budget',
    wanted: atLeast(600),
    why: 'packets taken from the network card at a time before others have their turn',
  },
  {
    key: 'net.core.somaxconn',
    wanted: atLeast(4096),
    why: 'connections that wait to be accepted when everybody comes back at once after a restart',
  },
  {
    key: 'net.ipv4.tcp_max_syn_backlog',
    wanted: atLeast(4096),
    why: 'the same for connections that are being opened',
  },
  {
    key: 'net.ipv4.tcp_slow_start_after_idle',
    wanted: exactly(0),
    why: 'media in TURN over TCP and TLS pauses and goes on; it should go on at the speed it had',
  },
  {
    key: 'net.ipv4.tcp_notsent_lowat',
    wanted: atMost(131_072),
    why: 'old media must not pile up in the kernel where it cannot be dropped: a slow connection shows at once',
  },
  {
    key: 'net.ipv4.tcp_mtu_probing',
    wanted: atLeast(1),
    why: 'connections through networks that swallow ICMP find a packet size that arrives',
  },
  {
    key: 'net.netfilter.nf_conntrack_max',
    wanted: atLeast(262_144),
    why: 'a firewall that follows connections holds one for each client, peer and relay; a full table drops packets',
    sizedByMachine: true,
    moduleOnly: true,
  },
  {
    key: 'fs.file-max',
    wanted: atLeast(1_048_576),
    why: 'open files of the whole machine; each relay and each connection is one',
    sizedByMachine: true,
  },
  {
    key: 'fs.nr_open',
    wanted: atLeast(1_048_576),
    why: 'the most that a single process may be allowed',
    sizedByMachine: true,
  },
]

/** Ports that programs on this machine may pick for themselves must not be fewer than this. */
export const FEWEST_FREE_PORTS = 4096

/** Key of the range such programs pick from. */
export const FREE_PORT_RANGE = 'net.ipv4.ip_local_port_range'

/** Lists every setting, for the ports of this configuration. */
export function kernelSettings(config: Config): readonly Setting[] {
  const reserved: Setting = {
    key: 'net.ipv4.ip_local_reserved_ports',
    wanted: { rule: 'reserves', ports: ownPorts(config) },
    why: 'no program may be given one of our ports by chance: relay ports lie in the range the kernel picks from',
  }
  return [...fixedSettings, reserved]
}

/** The fixed settings among these keys, in the order of the list. */
export function settingsNamed(...keys: readonly string[]): readonly Setting[] {
  return fixedSettings.filter(({ key }) => keys.includes(key))
}

/** Says how settings (`net.core.rmem_max=16777216`) come about: by the command that sets all. */
export function tuneAdvice(settings: readonly string[]): string {
  return `sudo ${OWN_COMMAND} tune --apply sets ${settings.join(' and ')}, and what else calls need; without --apply it shows all.`
}

function ownPorts(config: Config): PortSet {
  const { web, rtcd, turn } = config
  const single = [web.https_port, web.http_port, rtcd.port, turn.port, turn.tls_port]
  const media = mediaPorts(config).flatMap(({ udp, tcp }) => [udp, tcp])
  const ranges = [...single, ...media]
    .filter((port) => port > 0)
    .map((port) => ({ from: port, to: port }))
  return portSet([...ranges, { from: turn.relay_port_min, to: turn.relay_port_max }])
}
