import type { CallMember, Verdict } from '#api'
import type { TroubleGroup } from './group-troubles.ts'
import type { OwnFacts } from './own-facts.ts'
import {
  atMostPercent,
  countPeople,
  leastOf,
  roundTripWords,
  waitedWords,
  whoFrom,
  worstOf,
} from './people-words.ts'
import type { TroubleKind } from './troubles.ts'

/** A verdict about people. */
export type PeopleVerdict = Verdict & Readonly<{ people: readonly CallMember[] }>

type Words = Readonly<{ level: Verdict['level']; text: string; fix: string }>
type Writer = (group: TroubleGroup, facts: OwnFacts) => Words

const WRITERS: Readonly<Record<TroubleKind, Writer>> = {
  relayed: relayedWords,
  tcp: tcpWords,
  'loss-up': (group) => lossWords(group, 'on the way to us'),
  'loss-down': (group) => lossWords(group, 'on the way to them'),
  rtt: rttWords,
  unconnected: unconnectedWords,
  frozen: frozenWords,
  'old-client': oldClientWords,
}

/** Says what troubles a group, most likely why, and what to do. */
export function troubleVerdict(group: TroubleGroup, facts: OwnFacts): PeopleVerdict {
  const { kind, path, scope, network, troubles } = group
  const where = scope === 'everybody' ? 'everybody' : network.key
  const way = kind === 'relayed' && scope !== 'everybody' ? `:${path}` : ''
  return {
    id: `${kind}${way}:${where}`,
    ...WRITERS[kind](group, facts),
    section: 'calls',
    people: troubles.map(({ member }) => member),
  }
}

/** Says that our own machine is the reason, and whom that concerns. */
export function strainVerdict(
  people: readonly CallMember[],
  strain: readonly string[],
): PeopleVerdict {
  const who = countPeople(people.length)
  const has = people.length === 1 ? 'has' : 'have'
  return {
    id: 'own-machine',
    level: 'bad',
    text: `${who} ${has} loss, delay or frozen pictures while this machine cannot keep up: ${strain.join('; ')}. Most likely the machine is the reason, not their connections.`,
    fix: 'Give it more cores or move other work away from it; the kernel page shows what is dropped.',
    section: 'kernel',
    people,
  }
}

const RELAY_WAYS: Readonly<Record<string, string>> = {
  'turn-udp': 'TURN over UDP',
  'turn-tcp': 'TURN over TCP',
  'turn-tls': 'TURN over TLS',
}

function relayedWords(group: TroubleGroup, { ports }: OwnFacts): Words {
  const { scope, network, path, troubles } = group
  const way = RELAY_WAYS[path ?? ''] ?? 'TURN'
  const verb = troubles.length === 1 ? 'relays' : 'relay'
  const said = `${whoFrom(group)} ${verb} over ${way}`
  if (letsUdpThrough(group)) return notTheNetwork(group, said, ports)
  const blocked =
    path === 'turn-udp' || path === undefined
      ? `media on port ${ports.udp} does not reach them directly`
      : `UDP ${ports.udp} does not reach them`
  const text = `${said}, most likely because ${blocked}.`
  if (scope === 'everybody') {
    return {
      level: 'warn',
      text: `${text} As they come from ${group.networks} networks, it is most likely blocked on our side.`,
      fix: openOwn(ports),
    }
  }
  const fix = `${letThrough(network.isNear, ports.udp)} Calls work without it, with more delay.`
  return { level: troubles.length >= MANY ? 'warn' : 'note', text, fix }
}

function tcpWords(group: TroubleGroup, { ports }: OwnFacts): Words {
  const { scope, network, troubles } = group
  const verb = troubles.length === 1 ? 'sends' : 'send'
  const said = `${whoFrom(group)} ${verb} media over TCP`
  if (letsUdpThrough(group)) return notTheNetwork(group, said, ports)
  const text = `${said}, most likely because UDP ${ports.udp} does not reach them.`
  if (scope === 'everybody') {
    return {
      level: 'warn',
      text: `${text} As they come from ${group.networks} networks, it is most likely blocked on our side.`,
      fix: openOwn(ports),
    }
  }
  const fix = `${letThrough(network.isNear, ports.udp)} Over TCP each lost packet holds up all that follow.`
  return { level: troubles.length >= MANY ? 'warn' : 'note', text, fix }
}

/** Whether the network lets UDP through, as at least as many others there show: then it is hardly the reason. */
function letsUdpThrough({ scope, direct, troubles }: TroubleGroup): boolean {
  return scope !== 'everybody' && direct >= troubles.length
}

function notTheNetwork(
  { direct, troubles }: TroubleGroup,
  said: string,
  ports: OwnFacts['ports'],
): Words {
  const computers = troubles.length === 1 ? 'this person’s own computer' : 'their own computers'
  const who = `${countPeople(direct)} there`
  return {
    level: 'note',
    text: `${said}, although UDP ${ports.udp} works for ${who}. Most likely it was slow to answer when they joined, or something on ${computers} blocks it.`,
    fix: 'Have them join again. If that changes nothing, look for a VPN, a proxy or a firewall there.',
  }
}

/** From so many on, a way that is merely not the best is worth a warning. */
const MANY = 3

function letThrough(isNear: boolean, udp: number): string {
  return isNear
    ? `Have the firewalls between let UDP ${udp} through to this server.`
    : `Ask that network’s administrators for UDP ${udp} to this server.`
}

function openOwn({ udp }: OwnFacts['ports']): string {
  return `Open UDP ${udp} in this machine’s firewall, in the router and in the cloud’s rules, and see that public_address is right.`
}

function lossWords(group: TroubleGroup, direction: string): Words {
  const { scope, network, others } = group
  const verb = group.troubles.length === 1 ? 'loses' : 'lose'
  const way =
    group.troubles.length === 1 ? direction.replace('to them', 'to this person') : direction
  const text = `${whoFrom(group)} ${verb} up to ${atMostPercent(worstOf(group))} of the packets ${way}.`
  if (scope === 'everybody') {
    return {
      level: 'bad',
      text: `${text} As they come from ${group.networks} networks, most likely our own link or machine is the reason.`,
      fix: 'Look at this machine’s link: the provider, the router, its load.',
    }
  }
  if (scope === 'network' && others <= group.troubles.length) {
    return {
      level: 'warn',
      text: `${text} Most likely that network’s link is full or its Wi-Fi is poor.`,
      fix: network.isNear ? 'Look at that network.' : 'Tell that network’s administrators.',
    }
  }
  const isOne = group.troubles.length === 1
  const without =
    others > 0 ? `, as ${countPeople(others)} there ${others === 1 ? 'does' : 'do'} not` : ''
  return {
    level: 'warn',
    text: `${text} Most likely their own connection${isOne ? ' is' : 's are'} the reason${without}.`,
    fix: 'Have them use a cable, come closer to the Wi-Fi, or try another network.',
  }
}

function rttWords(group: TroubleGroup): Words {
  const { scope, troubles } = group
  const verb = troubles.length === 1 ? 'has' : 'have'
  const text = `${whoFrom(group)} ${verb} packets under way for up to ${roundTripWords(worstOf(group))} there and back.`
  const concluded: Readonly<Record<TroubleGroup['scope'], Words>> = {
    everybody: {
      level: 'warn',
      text: `${text} As they come from ${group.networks} networks, most likely our own link is full or far away.`,
      fix: 'Look at this machine’s link: the provider, the router, its load.',
    },
    network: {
      level: 'warn',
      text: `${text} Most likely that network is far away or its link is full.`,
      fix: 'If they are near, have that network’s administrators look for a full link or a VPN that goes round about.',
    },
    person: {
      level: 'note',
      text: `${text} Most likely they are far away, on a VPN or on a full link.`,
      fix: 'Have them leave the VPN, stop large transfers or try another network.',
    },
  }
  return concluded[scope]
}

function unconnectedWords(group: TroubleGroup, { ports, relaysRefused }: OwnFacts): Words {
  const { scope, troubles } = group
  const isOne = troubles.length === 1
  const text = `${whoFrom(group)} ${isOne ? 'is' : 'are'} in a call, but ${isOne ? 'this person’s' : 'their'} media has not connected for ${waitedWords(leastOf(group))}.`
  if (relaysRefused > 0) {
    return {
      level: 'bad',
      text: `${text} Most likely the relay had no room: it refused ${relaysRefused} of late.`,
      fix: 'Raise turn.limits or widen the relay ports.',
    }
  }
  const doors = `UDP and TCP ${ports.udp === ports.tcp ? ports.udp : `${ports.udp} and ${ports.tcp}`}, nor ${ports.turn}`
  if (scope === 'everybody') {
    return {
      level: 'bad',
      text: `${text} As they come from ${group.networks} networks, most likely our ports are blocked or public_address is wrong.`,
      fix: openOwn(ports),
    }
  }
  return {
    level: 'warn',
    text: `${text} Most likely their network lets through neither ${doors}.`,
    fix: 'Have them try another network; TURN over TLS on the port of the pages needs a certificate that browsers believe.',
  }
}

function frozenWords({ troubles, ...group }: TroubleGroup): Words {
  const isOne = troubles.length === 1
  const text = `The video of ${whoFrom({ ...group, troubles })} stood still several times in the last minutes.`
  return {
    level: 'warn',
    text: `${text} Most likely ${isOne ? 'this person’s' : 'their'} upload or computer is too slow for it.`,
    fix: `Have ${isOne ? 'this person' : 'them'} turn the camera off or share a smaller window.`,
  }
}

function oldClientWords(group: TroubleGroup): Words {
  const kinds = [...new Set(group.troubles.map(({ detail }) => detail))].slice(0, 3)
  const verb = group.troubles.length === 1 ? 'uses' : 'use'
  return {
    level: 'note',
    text: `${whoFrom(group)} ${verb} an old client (${kinds.join(', ')}).`,
    fix: 'Have it updated: old ones connect less well and are not tested any more.',
  }
}
