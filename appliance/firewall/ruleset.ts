import { formatPortSet, type PortSet, portSet } from '../tune/port-set.ts'
import type { Opening } from './openings.ts'

/** The table that is ours; nothing else of the machine's ruleset is touched. */
export const TABLE = 'inet callbox'

/** Whether SSH is let in, at which ports, and why or why not. */
export type SshDecision = Readonly<{ open: boolean; why: string; ports: readonly number[] }>

/** What every machine needs of others: answers, errors, neighbours, addresses. */
const BASICS = [
  'iif "lo" accept',
  'ct state established,related accept',
  'ct state invalid drop',
  'icmp type { echo-request, destination-unreachable, time-exceeded, parameter-problem } accept',
  'icmpv6 type { echo-request, destination-unreachable, packet-too-big, time-exceeded, parameter-problem } accept',
  'icmpv6 type { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 accept',
  'icmpv6 type { mld-listener-query, mld-listener-report, mld-listener-done, mld2-listener-report } accept',
  'udp sport 67 udp dport 68 accept comment "DHCP"',
  'ip6 saddr fe80::/10 udp sport 547 udp dport 546 accept comment "DHCPv6"',
]

/** Writes the whole table for `nft -f`, which replaces one that is there in the same moment. */
export function ruleset(openings: readonly Opening[], ssh: SshDecision): string {
  const untracked = openings.filter((opening) => opening.untracked)
  const list = setOf(portSet(untracked.flatMap(({ ports }) => ports)))
  return [
    `# SSH: ${ssh.why}`,
    `table ${TABLE}`,
    `delete table ${TABLE}`,
    `table ${TABLE} {`,
    ...chain('untracked-in', 'prerouting priority raw; policy accept', [
      `udp dport ${list} notrack`,
    ]),
    ...chain('untracked-out', 'output priority raw; policy accept', [`udp sport ${list} notrack`]),
    ...chain('input', 'input priority filter; policy drop', [
      ...BASICS,
      ...(ssh.open ? [`tcp dport { ${ssh.ports.join(', ')} } accept comment "SSH"`] : []),
      ...openings.flatMap(rules),
    ]),
    '}',
    '',
  ].join('\n')
}

function chain(name: string, hook: string, lines: readonly string[]): readonly string[] {
  return [
    `\tchain ${name} {`,
    `\t\ttype filter hook ${hook};`,
    ...lines.map((line) => `\t\t${line}`),
    '\t}',
  ]
}

function rules({ protocol, ports, option, from }: Opening): readonly string[] {
  const rule = `${protocol} dport ${setOf(ports)} accept comment "${option}"`
  if (from === undefined) return [rule]
  // One rule each: a set takes no ranges that overlap.
  return from.map((range) => `${range.includes(':') ? 'ip6' : 'ip'} saddr ${range} ${rule}`)
}

function setOf(ports: PortSet): string {
  return `{ ${formatPortSet(ports).replaceAll(',', ', ')} }`
}
