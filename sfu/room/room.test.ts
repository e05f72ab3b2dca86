import t from 'tap'
import { sendData } from './data.ts'
import { announceTrack, setMuted, setPermissions } from './publishing.ts'
import { tracksFor } from './receiving.ts'
import { everything, FakeRooms, microphone, publish } from './test/fake-room.ts'
import { updateParticipant } from './updating.ts'

t.test(
  'tells everybody who joins, becomes active, changes and leaves, in that order',
  async (t) => {
    const { rooms, plane, join } = setUp()
    const room = await rooms.open('a room')
    const anna = await join(room, 'anna')
    const ben = await join(room, 'ben')
    plane.rooms[0]?.transports[3]?.emit({ type: 'connected' })
    await publish(room, ben.participant)
    room.leave(ben.participant, 'clientLeft')
    t.same(anna.door.take(), [
      'anna joined v1',
      'ben joined v1',
      'ben active v2',
      'ben active v3',
      'ben disconnected v4',
    ])
    t.same(ben.door.take().at(-1), 'departed clientLeft', 'and itself at last')
    t.equal(plane.rooms[0]?.transports[2]?.closed, true, 'its media is closed')
  },
)

t.test(
  'a newcomer of the same identity replaces the older session, silently for others',
  async (t) => {
    const { rooms, join } = setUp()
    const room = await rooms.open('a room')
    const anna = await join(room, 'anna')
    const older = await join(room, 'ben')
    anna.door.take()
    const newer = await join(room, 'ben')
    t.same(older.door.take().at(-1), 'departed duplicateIdentity')
    t.same(anna.door.take(), ['ben joined v1'], 'no late end of the older one')
    room.leave(older.participant, 'signalClosed')
    t.equal(
      room.participants.get('ben'),
      newer.participant,
      'the older one cannot remove the newer',
    )
  },
)

t.test('a full room refuses a newcomer but not a replacement', async (t) => {
  const { rooms, join } = setUp({ maxParticipants: 1 })
  const room = await rooms.open('a room')
  await join(room, 'anna')
  t.equal(rooms.obstacleFor('a room', 'ben'), 'roomFull')
  t.equal(rooms.obstacleFor('another room', 'ben'), undefined)
  await t.rejects(join(room, 'ben'))
  await t.resolves(join(room, 'anna'))
  t.equal(room.participants.size, 1)
})

t.test('somebody whose media never connects leaves after 60 s', async (t) => {
  const { rooms, clock, join } = setUp()
  const room = await rooms.open('a room')
  const { door } = await join(room, 'anna')
  await clock.advance(59_999)
  t.equal(room.participants.size, 1)
  await clock.advance(1)
  t.same(door.take().at(-1), 'departed joinFailure')
})

t.test(
  'an empty room closes after 20 s, one never entered after 300 s, and is opened anew',
  async (t) => {
    const { rooms, clock, plane, join } = setUp()
    const room = await rooms.open('a room')
    const { participant } = await join(room, 'anna')
    room.leave(participant, 'clientLeft')
    await clock.advance(19_999)
    t.equal(rooms.find('a room'), room)
    await clock.advance(1)
    t.equal(rooms.find('a room'), undefined)
    t.equal(plane.rooms[0]?.closed, true)
    await rooms.open('a room')
    await clock.advance(300_000)
    t.equal(rooms.find('a room'), undefined)
  },
)

t.test('concurrent openings of one name make one room', async (t) => {
  const { rooms } = setUp()
  const [one, other] = await Promise.all([rooms.open('a room'), rooms.open('a room')])
  t.equal(one, other)
})

t.test(
  'a hidden participant receives but is not told of, and its tracks are not received',
  async (t) => {
    const { rooms, join } = setUp()
    const room = await rooms.open('a room')
    const anna = await join(room, 'anna')
    anna.door.take()
    const ghost = await join(room, 'ghost', { permissions: { ...everything, hidden: true } })
    await publish(room, ghost.participant)
    const track = await publish(room, anna.participant)
    t.same(anna.door.take(), ['anna joined v2'])
    t.same(tracksFor(room, ghost.participant), [track])
    t.same(tracksFor(room, anna.participant), [])
  },
)

t.test(
  'a revoked permission ends the tracks that it allowed, and tells their publisher',
  async (t) => {
    const { rooms, join } = setUp()
    const room = await rooms.open('a room')
    const { participant, door } = await join(room, 'anna')
    const track = await publish(room, participant)
    setPermissions(room, participant, { ...everything, canPublishSources: ['camera'] })
    t.equal(track.ended, true)
    t.equal(participant.publishedTracks().length, 0)
    t.ok(door.take().includes('own microphone ended'))
  },
)

t.test(
  'a mute stops forwarding, is told with a new version, and holds for a track not sent yet',
  async (t) => {
    const { rooms, plane, join } = setUp()
    const room = await rooms.open('a room')
    const { participant, door } = await join(room, 'anna')
    const track = await publish(room, participant)
    const producer = plane.rooms[0]?.transports[0]?.producers[0]
    door.take()
    t.equal(await setMuted(room, participant, { trackSid: track.sid, muted: true }), true)
    t.equal(producer?.paused, true)
    t.same(door.take(), ['anna joined v3'])
    await setMuted(room, participant, { trackSid: track.sid, muted: true })
    t.same(door.take(), [], 'the same again is no change')
    await setMuted(room, participant, { trackSid: track.sid, muted: false })
    t.equal(producer?.paused, false)
    t.equal(await setMuted(room, participant, { trackSid: 'TR_none', muted: true }), false)
    const early = announceTrack(room, participant, microphone)
    if (!early.ok) throw new Error(early.fault)
    await setMuted(room, participant, { trackSid: early.value.sid, muted: true })
    t.equal(early.value.muted, true)
  },
)

t.test(
  'a change of oneself merges attributes, deletes empty ones and is told to oneself too',
  async (t) => {
    const { rooms, join } = setUp()
    const room = await rooms.open('a room')
    const attributes = new Map([
      ['keep', '1'],
      ['drop', '2'],
    ])
    const { participant, door } = await join(room, 'anna', { attributes })
    door.take()
    const change = {
      name: 'Anna',
      metadata: '',
      attributes: new Map([
        ['drop', ''],
        ['new', '3'],
      ]),
    }
    t.ok(updateParticipant(room, participant, change).ok)
    t.same(Object.fromEntries(participant.attributes), { keep: '1', new: '3' })
    t.equal(participant.name, 'Anna')
    t.same(door.take(), ['anna joined v2'])
  },
)

t.test(
  'data goes to all others or to those named, never back, and only with the permission',
  async (t) => {
    const { rooms, join } = setUp()
    const room = await rooms.open('a room')
    const anna = await join(room, 'anna')
    const ben = await join(room, 'ben')
    const cleo = await join(room, 'cleo', { permissions: { ...everything, canPublishData: false } })
    for (const { door } of [anna, ben, cleo]) door.take()
    const message = (text: string) =>
      ({ protocol: 'livekit', reliable: true, bytes: Buffer.from(text) }) as const
    sendData(room, anna.participant, message('all'), { identities: [], sids: [] })
    sendData(room, anna.participant, message('ben'), { identities: ['ben'], sids: [] })
    sendData(room, anna.participant, message('cleo'), {
      identities: [],
      sids: [cleo.participant.sid],
    })
    sendData(room, cleo.participant, message('never'), { identities: [], sids: [] })
    t.same(anna.door.take(), [])
    t.same(ben.door.take(), ['data all', 'data ben'])
    t.same(cleo.door.take(), ['data all', 'data cleo'])
  },
)

t.test('who speaks is told to those who receive it; a mute silences at once', async (t) => {
  const { rooms, plane, join } = setUp()
  const room = await rooms.open('a room')
  const anna = await join(room, 'anna')
  const deaf = await join(room, 'deaf', { autoSubscribe: false })
  const track = await publish(room, anna.participant)
  for (const { door } of [anna, deaf]) door.take()
  const levels = [{ producerId: track.producer?.id ?? '', dBov: -20 }]
  plane.rooms[0]?.emit({ type: 'audioLevels', levels })
  t.same(anna.door.take(), ['somebody speaks'])
  t.same(deaf.door.take(), [])
  await setMuted(room, anna.participant, { trackSid: track.sid, muted: true })
  t.same(anna.door.take(), ['somebody is silent', 'anna joined v3'])
})

t.test('the quality of connections is told every 5 s, when it changed', async (t) => {
  const { rooms, plane, clock, join } = setUp()
  const room = await rooms.open('a room')
  const { participant, door } = await join(room, 'anna')
  plane.rooms[0]?.transports[1]?.emit({ type: 'connected' })
  await publish(room, participant)
  door.take()
  await clock.advance(5_000)
  t.same(door.take(), ['quality excellent'])
  const producer = plane.rooms[0]?.transports[0]?.producers[0]
  if (producer !== undefined) producer.currentScore = 6
  await clock.advance(5_000)
  t.same(door.take(), ['quality good'])
  await clock.advance(5_000)
  t.same(door.take(), [])
  plane.rooms[0]?.transports[1]?.emit({ type: 'disconnected', reason: 'ICE disconnected' })
  await clock.advance(5_000)
  t.same(door.take(), ['quality lost'])
})

t.test(
  "a media worker's death ends the room for all, and the next join opens another",
  async (t) => {
    const { rooms, plane, join } = setUp()
    const room = await rooms.open('a room')
    const { door } = await join(room, 'anna')
    plane.killWorker()
    t.same(door.take().at(-1), 'departed mediaFailure')
    t.equal(rooms.find('a room'), undefined)
    t.not(await rooms.open('a room'), room)
  },
)

function setUp(limits: ConstructorParameters<typeof FakeRooms>[0] = {}) {
  const fake = new FakeRooms(limits)
  return { ...fake, join: fake.join.bind(fake) }
}
