import type { CallDetails, CallMember, CallParticipant, MediaPath } from '#api'
import { oldClientWords } from './old-clients.ts'

/** What may be wrong for one person. */
export type TroubleKind =
  | 'relayed'
  | 'tcp'
  | 'loss-up'
  | 'loss-down'
  | 'rtt'
  | 'unconnected'
  | 'frozen'
  | 'old-client'

/** One person's trouble of one kind. `measured` is in the kind's unit: percent, milliseconds, freezes. */
export type Trouble = Readonly<{
  kind: TroubleKind
  member: CallMember
  address: string | undefined
  path: MediaPath | undefined
  measured: number
  /** More in words, as which program is old. */
  detail: string
}>

/** The same person in the same call has the same key. */
export function memberKey({ room, identity }: CallMember): string {
  return JSON.stringify([room, identity])
}

/** Where a kind begins, and the lower bar under which it is over: between the two it stays as it was. */
export type Bar = Readonly<{ begins: number; ends: number }>

/** The bars of what is measured; docs/adr/0021-alerts.md has the reasons. */
export const BARS: Readonly<Record<'loss' | 'rttMs' | 'freezes', Bar>> = {
  loss: { begins: 3, ends: 1.5 },
  rttMs: { begins: 300, ends: 220 },
  freezes: { begins: 2, ends: 1 },
}

/** Media that has not come after this time most likely never does: ICE gives up about then. */
const CONNECTS_WITHIN_MS = 15_000

/** Freezes count for so long. */
const FREEZE_WINDOW_MS = 120_000

/** Lists what is wrong for the people of calls that run. `before` says what was wrong already. */
export function findTroubles(
  calls: readonly CallDetails[],
  before: (kind: TroubleKind, member: CallMember) => boolean = () => false,
): readonly Trouble[] {
  return calls
    .filter(({ endedAtMs }) => endedAtMs === undefined)
    .flatMap((call) => {
      const freezes = recentFreezes(call)
      return call.participants.flatMap((person) =>
        troublesOf(call, person, freezes.get(person.identity) ?? 0, before),
      )
    })
}

function troublesOf(
  call: CallDetails,
  person: CallParticipant,
  freezes: number,
  before: (kind: TroubleKind, member: CallMember) => boolean,
): readonly Trouble[] {
  const { identity, name, path, address, up, down } = person
  const member = { room: call.name, identity, name }
  const trouble = (kind: TroubleKind, measured = 1, detail = ''): Trouble[] => [
    { kind, member, address, path, measured, detail },
  ]
  const over = (kind: TroubleKind, { begins, ends }: Bar, measured: number | undefined) => {
    if (measured === undefined || !Number.isFinite(measured)) return []
    const holds = before(kind, member) ? measured > ends : measured > begins
    return holds ? trouble(kind, measured) : []
  }
  const waitedMs = call.atMs - person.joinedAtMs
  const isLate = path === undefined && waitedMs > CONNECTS_WITHIN_MS
  const old = oldClientWords(person.client)
  return [
    ...(isLate ? trouble('unconnected', waitedMs) : []),
    ...(path === 'tcp' ? trouble('tcp') : []),
    ...(path?.startsWith('turn') ? trouble('relayed') : []),
    ...over('loss-up', BARS.loss, up.lossPercent),
    ...over('loss-down', BARS.loss, down.lossPercent),
    ...over('rtt', BARS.rttMs, down.rttMs ?? up.rttMs),
    ...over('frozen', { begins: BARS.freezes.begins - 1, ends: BARS.freezes.ends - 1 }, freezes),
    ...(old === undefined ? [] : trouble('old-client', 1, old)),
  ]
}

function recentFreezes({ events, atMs }: CallDetails): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { type, who, atMs: happenedMs } of events) {
    if (type !== 'freeze' || who === undefined || atMs - happenedMs > FREEZE_WINDOW_MS) continue
    counts.set(who.identity, (counts.get(who.identity) ?? 0) + 1)
  }
  return counts
}
