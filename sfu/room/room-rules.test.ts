import t from 'tap'
import { announceTrack, unpublishTrack } from './publishing.ts'
import { askForTracks, setSubscriptionRule, tracksFor } from './receiving.ts'
import { settled } from './test/fake-clock.ts'
import { everything, FakeRooms, microphone, publish } from './test/fake-room.ts'
import { updateParticipant } from './updating.ts'

t.test('publishing needs the permission for the source and a free place', async (t) => {
  const { rooms, join } = setUp({ tracksPerParticipant: 2 })
  const room = await rooms.open('a room')
  const camerasOnly = { ...everything, canPublishSources: ['camera' as const] }
  const ben = await join(room, 'ben', { permissions: camerasOnly })
  t.match(announceTrack(room, ben.participant, microphone), { fault: 'notAllowed' })
  const disguised = { ...microphone, source: 'camera' as const }
  t.match(announceTrack(room, ben.participant, disguised), { fault: 'notAllowed' }, 'a microphone')
  t.ok(announceTrack(room, ben.participant, { ...disguised, kind: 'video' }).ok)
  const mute = await join(room, 'mute', { permissions: { ...everything, canPublish: false } })
  t.match(announceTrack(room, mute.participant, microphone), { fault: 'notAllowed' })
  const anna = await join(room, 'anna')
  t.ok(announceTrack(room, anna.participant, microphone).ok)
  t.ok(announceTrack(room, anna.participant, microphone).ok)
  t.match(announceTrack(room, anna.participant, microphone), { fault: 'limitExceeded' })
})

t.test('a change of oneself needs the permission and has a size limit', async (t) => {
  const { rooms, join } = setUp()
  const room = await rooms.open('a room')
  const ben = await join(room, 'ben', {
    permissions: { ...everything, canUpdateOwnMetadata: false },
  })
  const none = new Map<string, string>()
  const rename = { name: 'x', metadata: '', attributes: none }
  t.match(updateParticipant(room, ben.participant, rename), { fault: 'notAllowed' })
  const anna = await join(room, 'anna')
  const large = { name: '', metadata: '', attributes: new Map([['a', 'x'.repeat(64 * 1024)]]) }
  t.match(updateParticipant(room, anna.participant, large), { fault: 'limitExceeded' })
  const long = { name: 'x'.repeat(257), metadata: '', attributes: none }
  t.match(updateParticipant(room, anna.participant, long), { fault: 'limitExceeded' })
})

t.test('versions of a participant rise by every change', async (t) => {
  const { rooms, join } = setUp()
  const room = await rooms.open('a room')
  const { participant, door } = await join(room, 'anna')
  for (let count = 0; count < 100; count += 1) {
    const attributes = new Map([['count', String(count)]])
    updateParticipant(room, participant, { name: '', metadata: '', attributes })
  }
  const versions = door.take().map((text) => Number(text.split(' v')[1]))
  t.equal(new Set(versions).size, 101)
  t.same(
    versions,
    versions.toSorted((a, b) => a - b),
  )
})

t.test('a subscriber gets what it asked for, as far as the publisher lets it', async (t) => {
  const { rooms, join, clock } = setUp()
  const room = await rooms.open('a room')
  const anna = await join(room, 'anna')
  const ben = await join(room, 'ben', { autoSubscribe: false })
  const track = await publish(room, anna.participant)
  t.same(tracksFor(room, ben.participant), [], 'nothing before it asks')
  const trackSids = [track.sid, 'TR_none']
  t.same(askForTracks(room, ben.participant, { trackSids, wanted: true }), ['TR_none'])
  t.same(tracksFor(room, ben.participant), [track])
  setSubscriptionRule(room, anna.participant, { everybody: false, allowed: new Map() })
  t.same(tracksFor(room, ben.participant), [])
  t.ok(ben.door.take().includes('microphone denied'))
  const allowed = new Map([['ben', { allTracks: false, trackSids: new Set([track.sid]) }]])
  setSubscriptionRule(room, anna.participant, { everybody: false, allowed })
  t.same(tracksFor(room, ben.participant), [track])
  await clock.advance(500)
  t.ok(ben.door.take().includes('microphone allowed'))
})

t.test('a track that ends is forgotten by everybody', async (t) => {
  const { rooms, join } = setUp()
  const room = await rooms.open('a room')
  const anna = await join(room, 'anna')
  const ben = await join(room, 'ben')
  const track = await publish(room, anna.participant)
  unpublishTrack(room, track)
  unpublishTrack(room, track)
  await settled()
  t.same(tracksFor(room, ben.participant), [])
  t.equal(anna.participant.tracks.size, 0)
  t.same(ben.door.take().at(-1), 'anna joined v3', 'told once')
})

function setUp(limits: ConstructorParameters<typeof FakeRooms>[0] = {}) {
  const fake = new FakeRooms(limits)
  return { ...fake, join: fake.join.bind(fake) }
}
