import type { CallMember } from '#api'
import type { TroubleGroup } from './group-troubles.ts'

/** No more of a name is shown than a line has room for. */
const MAX_NAME_LENGTH = 60

/** Names a group: one or two by name, more by number, and where they are from. */
export function whoFrom({ scope, network, troubles, others }: TroubleGroup): string {
  const [first, second] = troubles.map(({ member }) => shownName(member))
  if (scope === 'everybody') {
    return others === 0
      ? `All ${countPeople(troubles.length)}`
      : `${countPeople(troubles.length)} of ${troubles.length + others}`
  }
  const who = troubles.length === 2 ? `${first} and ${second}` : countPeople(troubles.length)
  return `${troubles.length === 1 ? first : who} from ${network.words}`
}

/** A name as a line has room for; names come from outside. */
function shownName({ name, identity }: CallMember): string {
  const shown = (name.trim() || identity).replaceAll(/[\p{C}\s]+/gu, ' ')
  return shown.length > MAX_NAME_LENGTH ? `${shown.slice(0, MAX_NAME_LENGTH - 1)}…` : shown
}

/** `1 person`, `3 people`. */
export function countPeople(people: number): string {
  return people === 1 ? '1 person' : `${people} people`
}

/** The highest that was measured in a group. */
export function worstOf({ troubles }: TroubleGroup): number {
  return troubles.reduce((worst, { measured }) => Math.max(worst, measured), 0)
}

/** The lowest that was measured in a group. */
export function leastOf({ troubles }: TroubleGroup): number {
  return troubles.reduce(
    (least, { measured }) => Math.min(least, measured),
    Number.POSITIVE_INFINITY,
  )
}

/** A share as a bound, in whole percent. */
export function atMostPercent(value: number): string {
  return `${Math.min(100, Math.ceil(value))} %`
}

/** A round trip as a bound, in steps of 100 ms. */
export function roundTripWords(value: number): string {
  return `${Math.ceil(value / 100) * 100} ms`
}

/** How long somebody waits, in few steps, so that the words stay. */
export function waitedWords(ms: number): string {
  if (ms < 60_000) return 'more than 15 seconds'
  return ms < 600_000 ? 'more than a minute' : 'more than ten minutes'
}
