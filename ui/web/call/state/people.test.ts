import t from 'tap'
import type { Person, Playable } from './model.ts'
import {
  announceChanges,
  handPlaces,
  handRaisedAtMs,
  hueIndex,
  initials,
  orderPeople,
} from './people.ts'

const screen: Playable = { sid: 'TR_1', attach: () => undefined, detach: () => undefined }

function person(identity: string, more: Partial<Person> = {}): Person {
  return {
    identity,
    name: identity.toUpperCase(),
    isSelf: false,
    joinedAtMs: 0,
    muted: false,
    speaking: false,
    handRaisedAtMs: undefined,
    quality: 'excellent',
    sounds: [],
    camera: undefined,
    screen: undefined,
    ...more,
  }
}

t.test('reads a raised hand as milliseconds, anything else as a lowered one', async (t) => {
  t.equal(handRaisedAtMs('1767225600000'), 1767225600000)
  for (const value of [undefined, '', '0', '-1', 'true', '1e9', '99999999999999999999']) {
    t.equal(handRaisedAtMs(value), undefined, String(value))
  }
})

t.test('orders by hand, the longest waiting first, then by joining', async (t) => {
  const people = [
    person('a', { joinedAtMs: 1 }),
    person('b', { joinedAtMs: 2, handRaisedAtMs: 20 }),
    person('c', { joinedAtMs: 3, handRaisedAtMs: 10 }),
    person('e', { joinedAtMs: 0 }),
    person('d', { joinedAtMs: 0 }),
  ]
  t.strictSame(
    orderPeople(people).map(({ identity }) => identity),
    ['c', 'b', 'd', 'e', 'a'],
  )
  t.strictSame(
    [...handPlaces(people)],
    [
      ['c', 1],
      ['b', 2],
    ],
  )
})

t.test('takes initials from the first and the last word, in any script', async (t) => {
  t.equal(initials('Anna Maria Lindqvist'), 'AL')
  t.equal(initials('  bo '), 'B')
  t.equal(initials('李 小龙'), '李小')
  t.equal(initials('👩‍🚀 x'), '👩X')
  t.equal(initials('   '), '?')
})

t.test('keeps the colour of an identity within the palette', async (t) => {
  t.equal(hueIndex('anna', 6), hueIndex('anna', 6))
  for (const identity of ['', 'a', '長い名前', 'x'.repeat(300)]) {
    t.ok(hueIndex(identity, 6) >= 0 && hueIndex(identity, 6) < 6)
  }
})

t.test('announces joins, leaves, hands and screens of others', async (t) => {
  const me = person('me', { isSelf: true })
  t.strictSame(announceChanges([me], [me, person('a'), person('b')]), ['A, B joined'])
  t.strictSame(announceChanges([me, person('a')], [me]), ['A left'])
  t.strictSame(announceChanges([person('a')], [person('a', { handRaisedAtMs: 5 })]), [
    'A raised a hand',
  ])
  t.strictSame(announceChanges([person('a', { handRaisedAtMs: 5 })], [person('a')]), [])
  t.strictSame(announceChanges([person('a')], [person('a', { screen })]), ['A shares a screen'])
  t.strictSame(announceChanges([person('a', { screen })], [person('a')]), ['A stopped sharing'])
})

t.test('counts when many come or go at once, and never announces oneself', async (t) => {
  const crowd = ['a', 'b', 'c', 'd'].map((identity) => person(identity))
  t.strictSame(announceChanges([], crowd), ['4 people joined'])
  t.strictSame(announceChanges(crowd, []), ['4 people left'])
  const me = person('me', { isSelf: true })
  t.strictSame(announceChanges([], [me]), [])
  t.strictSame(announceChanges([me], [{ ...me, handRaisedAtMs: 1 }]), [])
})
