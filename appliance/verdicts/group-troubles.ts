import type { CallMember, MediaPath } from '#api'
import { type ClientNetwork, clientNetwork } from './client-network.ts'
import { memberKey, type Trouble, type TroubleKind } from './troubles.ts'

/**
 * People with the same trouble. `scope` is what they have in common: one person alone, a network
 * of which `others` people have no such trouble, or everybody.
 */
export type TroubleGroup = Readonly<{
  kind: TroubleKind
  path: MediaPath | undefined
  scope: 'person' | 'network' | 'everybody'
  network: ClientNetwork
  networks: number
  /** People of the same network, or in all, who do not have it. */
  others: number
  /** Of those, how many send media straight over UDP; 0 where the network is not known. */
  direct: number
  troubles: readonly Trouble[]
}>

/** Who somebody is, where their media comes from, and how. */
export type Whereabouts = Readonly<{
  member: CallMember
  address: string | undefined
  path: MediaPath | undefined
}>

/** It takes so many, from more than one network, to speak of everybody. */
const EVERYBODY_PEOPLE = 3
const EVERYBODY_SHARE = 0.7

/** Kinds that say something of the way between us and a network. */
const OF_THE_WAY: ReadonlySet<TroubleKind> = new Set([
  'relayed',
  'tcp',
  'loss-up',
  'loss-down',
  'rtt',
  'unconnected',
])

/** Puts people together who have the same kind of trouble and the same network, or all of them. */
export function groupTroubles(
  troubles: readonly Trouble[],
  everybody: Iterable<Whereabouts>,
): readonly TroubleGroup[] {
  const all = [...everybody]
  const inNetworks = groupBy(all, ({ address }) => clientNetwork(address).key)
  return [...groupBy(troubles, ({ kind }) => kind).values()].flatMap((ofKind) => {
    const byNetwork = groupBy(ofKind, ({ address }) => clientNetwork(address).key)
    if (isEverybody(ofKind, byNetwork.size, all.length)) {
      return [groupOf(ofKind, 'everybody', byNetwork.size, all)]
    }
    return [...byNetwork].flatMap(([key, inNetwork]) =>
      splitByPath(inNetwork).map((group) => {
        const isOne = group.length === 1
        return groupOf(group, isOne ? 'person' : 'network', 1, inNetworks.get(key) ?? [])
      }),
    )
  })
}

function isEverybody(troubles: readonly Trouble[], networks: number, people: number): boolean {
  const [first] = troubles
  if (first === undefined || !OF_THE_WAY.has(first.kind)) return false
  if (networks < 2 || troubles.length < EVERYBODY_PEOPLE) return false
  return troubles.length >= EVERYBODY_SHARE * people
}

/** Only the way of a relay is worth a verdict of its own. */
function splitByPath(troubles: readonly Trouble[]): readonly (readonly Trouble[])[] {
  return [...groupBy(troubles, ({ kind, path }) => (kind === 'relayed' ? path : '')).values()]
}

function groupOf(
  troubles: readonly Trouble[],
  scope: TroubleGroup['scope'],
  networks: number,
  people: readonly Whereabouts[],
): TroubleGroup {
  const [first] = troubles
  const network = clientNetwork(first?.address)
  const troubled = new Set(troubles.map(({ member }) => memberKey(member)))
  const others = people.filter(({ member }) => !troubled.has(memberKey(member)))
  const paths = new Set(troubles.map(({ path }) => path))
  return {
    kind: first?.kind ?? 'relayed',
    path: paths.size === 1 ? first?.path : undefined,
    scope,
    network,
    networks,
    others: others.length,
    direct: network.isKnown ? others.filter(({ path }) => path === 'udp').length : 0,
    troubles,
  }
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  return Map.groupBy(items, keyOf)
}
