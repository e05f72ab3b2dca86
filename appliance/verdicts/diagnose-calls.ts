import type { CallDetails, CallMember, Verdict } from '#api'
import { groupTroubles, type Whereabouts } from './group-troubles.ts'
import type { OwnFacts } from './own-facts.ts'
import { strainVerdict, troubleVerdict } from './trouble-words.ts'
import { findTroubles, memberKey, type Trouble, type TroubleKind } from './troubles.ts'

/** More would not be read; the worst come first. */
export const MAX_VERDICTS = 20

/** People that one verdict names. */
export const MAX_PEOPLE = 20

/** What a machine that cannot keep up causes by itself, for which nobody else is to blame. */
const BY_STRAIN: ReadonlySet<TroubleKind> = new Set(['loss-up', 'loss-down', 'rtt', 'frozen'])

const RANK: Readonly<Record<Verdict['level'], number>> = { bad: 0, warn: 1, note: 2 }

/**
 * Says in words what is wrong in calls, for whom, most likely why, and what to do: the worst first,
 * at most twenty, each naming at most twenty people, and nobody twice for the same kind of trouble.
 * `troubles` are those to speak of; by default what can be seen at this moment.
 */
export function diagnoseCalls(
  calls: readonly CallDetails[],
  facts: OwnFacts,
  troubles: readonly Trouble[] = findTroubles(calls),
): readonly Verdict[] {
  const known = uniqueTroubles(troubles)
  const byUs = facts.strain.length > 0 ? known.filter(({ kind }) => BY_STRAIN.has(kind)) : []
  const blamed = known.filter((trouble) => !byUs.includes(trouble))
  const verdicts = [
    ...(byUs.length > 0 ? [strainVerdict(membersOf(byUs), facts.strain)] : []),
    ...groupTroubles(blamed, peopleOf(calls)).map((group) => troubleVerdict(group, facts)),
  ]
  return verdicts
    .map((verdict) => ({
      ...verdict,
      people: verdict.people.slice(0, MAX_PEOPLE),
      of: verdict.people.length,
    }))
    .sort((a, b) => RANK[a.level] - RANK[b.level] || b.of - a.of || (a.id < b.id ? -1 : 1))
    .slice(0, MAX_VERDICTS)
    .map(({ of: _count, ...verdict }) => verdict)
}

/** Somebody who is in a call twice, or listed twice, is one person. */
function uniqueTroubles(troubles: readonly Trouble[]): readonly Trouble[] {
  const byKey = new Map<string, Trouble>()
  for (const trouble of troubles) {
    const key = `${trouble.kind} ${memberKey(trouble.member)}`
    if (!byKey.has(key)) byKey.set(key, trouble)
  }
  return [...byKey.values()]
}

function membersOf(troubles: readonly Trouble[]): readonly CallMember[] {
  return [...new Map(troubles.map(({ member }) => [memberKey(member), member])).values()]
}

/** Everybody who is in a call. */
function peopleOf(calls: readonly CallDetails[]): Iterable<Whereabouts> {
  const people = new Map<string, Whereabouts>()
  for (const { name: room, participants, endedAtMs } of calls) {
    if (endedAtMs !== undefined) continue
    for (const { identity, name, address, path } of participants) {
      const member = { room, identity, name }
      people.set(memberKey(member), { member, address, path })
    }
  }
  return people.values()
}
