import type { Person } from './model.ts'

/** Attribute that carries a raised hand: milliseconds since the epoch as text, `''` when lowered. */
export const HAND_ATTRIBUTE = 'raised_hand'

/** Reads the hand attribute. Anything but a positive whole number means no hand. */
export function handRaisedAtMs(attribute: string | undefined): number | undefined {
  if (attribute === undefined || !/^[1-9]\d{0,15}$/.test(attribute)) return undefined
  return Number(attribute)
}

/** Orders people for the list: raised hands first, the longest waiting on top, then as they joined. */
export function orderPeople(people: readonly Person[]): readonly Person[] {
  return people.toSorted(
    (a, b) =>
      (a.handRaisedAtMs ?? Infinity) - (b.handRaisedAtMs ?? Infinity) ||
      a.joinedAtMs - b.joinedAtMs ||
      (a.identity < b.identity ? -1 : 1),
  )
}

/** Place in the queue of raised hands from 1 by identity. */
export function handPlaces(people: readonly Person[]): ReadonlyMap<string, number> {
  const raised = orderPeople(people).filter((person) => person.handRaisedAtMs !== undefined)
  return new Map(raised.map((person, index) => [person.identity, index + 1]))
}

/** One or two letters that stand for a name. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean)
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined]
  return letters.map((word) => [...(word ?? '')][0]?.toLocaleUpperCase() ?? '').join('') || '?'
}

/** A number from 0 to `count - 1` that stays the same for an identity; picks an avatar's colour. */
export function hueIndex(identity: string, count: number): number {
  let hash = 0
  for (const character of identity) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0
  return hash % count
}

/** Sentences for what changed among the others: joins, leaves, hands, screens. Many at once are counted. */
export function announceChanges(
  before: readonly Person[],
  after: readonly Person[],
): readonly string[] {
  const old = new Map(before.map((person) => [person.identity, person]))
  const present = new Set(after.map((person) => person.identity))
  const others = after.filter((person) => !person.isSelf)
  const left = before.filter((person) => !person.isSelf && !present.has(person.identity))
  const stayed = others.flatMap((person) => {
    const previous = old.get(person.identity)
    return previous === undefined ? [] : [{ person, previous }]
  })
  return [
    ...sentence(
      others.filter((person) => !old.has(person.identity)),
      'joined',
    ),
    ...sentence(left, 'left'),
    ...stayed.filter(raisedHand).map(({ person }) => `${person.name} raised a hand`),
    ...stayed.flatMap(screenChange),
  ]
}

type Change = Readonly<{ person: Person; previous: Person }>

function raisedHand({ person, previous }: Change): boolean {
  return person.handRaisedAtMs !== undefined && previous.handRaisedAtMs === undefined
}

function screenChange({ person, previous }: Change): readonly string[] {
  if (person.screen && !previous.screen) return [`${person.name} shares a screen`]
  if (!person.screen && previous.screen) return [`${person.name} stopped sharing`]
  return []
}

function sentence(people: readonly Person[], verb: string): readonly string[] {
  if (people.length === 0) return []
  if (people.length > 3) return [`${people.length} people ${verb}`]
  return [`${people.map((person) => person.name).join(', ')} ${verb}`]
}
