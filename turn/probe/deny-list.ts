import { familyOf, type TransportAddress } from '../protocol/transport-address.ts'

/** An address a relay must not reach, what it is, and how to ask for it. */
export type DenyProbe = Readonly<{
  name: string
  address: TransportAddress
  /**
   * `channelBind` names a port; `createPermission` does not, and is granted for an IP of which one port is allowed. Each
   * request has to be answered 403.
   */
  requests: readonly ('createPermission' | 'channelBind')[]
  /** Whether an operator may have opened the range (`turn.allowed_peers`) for a good reason, such as a media server there. */
  openable: boolean
}>

/** A port of this machine that is no business of a relay: the web pages, the admin's door, TURN itself. */
export type OwnPort = Readonly<{ name: string; ip: string; port: number }>

const both = ['createPermission', 'channelBind'] as const
const anyPort = 9

const never: readonly (readonly [name: string, ip: string, port?: number])[] = [
  ['loopback', '127.0.0.1', 80],
  ['loopback, another address', '127.255.255.254', 22],
  ['unspecified: this machine', '0.0.0.0', 80],
  ['this network', '0.0.0.1'],
  ['cloud metadata', '169.254.169.254', 80],
  ['cloud metadata, container credentials', '169.254.170.2', 80],
  ['cloud metadata, Alibaba', '100.100.100.200', 80],
  ['cloud metadata, Oracle', '192.0.0.192', 80],
  ['cloud host agent, Azure', '168.63.129.16', 80],
  ['multicast', '224.0.0.1'],
  ['multicast, local names', '224.0.0.251', 5353],
  ['broadcast', '255.255.255.255'],
  ['reserved', '240.0.0.1'],
  ['documentation', '192.0.2.1'],
  ['benchmarks', '198.18.0.1'],
  ['loopback', '::1', 80],
  ['unspecified: this machine', '::', 80],
  ['loopback, IPv4-mapped', '::ffff:127.0.0.1', 80],
  ['unspecified, IPv4-mapped', '::ffff:0.0.0.0', 80],
  ['cloud metadata, IPv4-mapped', '::ffff:169.254.169.254', 80],
  ['loopback, IPv4-compatible', '::127.0.0.1', 80],
  ['loopback, IPv4-translated', '::ffff:0:127.0.0.1', 80],
  ['loopback through NAT64', '64:ff9b::7f00:1', 80],
  ['cloud metadata through NAT64', '64:ff9b::a9fe:a9fe', 80],
  ['loopback through local NAT64', '64:ff9b:1::7f00:1', 80],
  ['loopback through 6to4', '2002:7f00:1::1', 80],
  ['private through Teredo', '2001:0:909:909:0:1:f5ff:fffe', 80],
  ['cloud metadata', 'fd00:ec2::254', 80],
  ['cloud metadata, Google', 'fd20:ce::254', 80],
  ['link-local', 'fe80::1'],
  ['multicast', 'ff02::1'],
]

const openable: readonly (readonly [name: string, ip: string, port?: number])[] = [
  ['private', '10.0.0.1'],
  ['private', '192.168.0.1', 80],
  ['private', '172.16.0.1'],
  ['Docker bridge', '172.17.0.1', 2375],
  ['Docker network', '172.18.0.2'],
  ['Kubernetes services', '10.96.0.1', 443],
  ['carrier-grade NAT', '100.64.0.1'],
  ['unique local', 'fd00::1'],
]

/** What a relay has to refuse, whatever machine it runs on, and the ports of this one; addresses that are no IPs are left out. */
export function denyProbes(ownPorts: readonly OwnPort[] = []): readonly DenyProbe[] {
  return [
    ...never.flatMap(([name, ip, port]) => probe(name, ip, port, { openable: false })),
    ...openable.flatMap(([name, ip, port]) => probe(name, ip, port, { openable: true })),
    ...ownPorts.flatMap(({ name, ip, port }) =>
      probe(name, ip, port, { openable: false, requests: ['channelBind'] }),
    ),
  ]
}

function probe(
  name: string,
  ip: string,
  port = anyPort,
  { openable, requests = both }: Pick<DenyProbe, 'openable'> & Partial<DenyProbe>,
): readonly DenyProbe[] {
  const family = familyOf(ip)
  return family ? [{ name, address: { family, ip, port }, requests, openable }] : []
}
