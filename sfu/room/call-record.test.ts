import t from 'tap'
import type { FakeTransport } from '../media/fake-transport.ts'
import { endForAdmin, muteForAdmin, removeForAdmin } from './host-actions.ts'
import { setMuted, unpublishTrack } from './publishing.ts'
import type { Room } from './room.ts'
import { everything, FakeRooms, publish } from './test/fake-room.ts'
import { Timeline } from './timeline.ts'

const told = ({ timeline }: Pick<Room, 'timeline'>) =>
  timeline.events.map(({ type, who }) => `${who?.identity ?? 'call'} ${type}`)

t.test('notes what happens in a call, in its order and with its times', async (t) => {
  const fake = new FakeRooms()
  const room = await fake.rooms.open('a room')
  const { participant } = await fake.join(room, 'anna')
  const receive = participant.media.receive as FakeTransport
  receive.tuple = { protocol: 'udp', remoteIp: '198.51.100.1', remotePort: 4_000 }
  await fake.clock.advance(800)
  receive.emit({ type: 'connected' })
  await fake.clock.advance(0)
  const track = await publish(room, participant)
  await setMuted(room, participant, { trackSid: track.sid, muted: true })
  await setMuted(room, participant, { trackSid: track.sid, muted: false })
  unpublishTrack(room, track)
  receive.emit({ type: 'disconnected', reason: 'ICE' })
  await fake.clock.advance(3_000)
  receive.emit({ type: 'connected' })
  room.leave(participant, 'clientLeft')
  await fake.clock.advance(20_000)
  t.same(told(room), [
    'anna joined',
    'anna connected',
    'anna published',
    'anna muted',
    'anna unmuted',
    'anna unpublished',
    'anna disconnected',
    'anna reconnected',
    'anna left',
    'call ended',
  ])
  t.match(room.timeline.events[1], { afterMs: 800, route: { protocol: 'udp' } })
  t.match(room.timeline.events[7], { what: 'media', afterMs: 3_000 })
  t.match(fake.rooms.ended, [
    { name: 'a room', mostParticipants: 1, people: [{ identity: 'anna', connectMs: 800 }] },
  ])
  t.match(fake.rooms.connects(), { attempts: 1, failures: 0, connectMs: [800] })
})

t.test(
  'who never got media is a failure, and the call that nobody entered is not kept',
  async (t) => {
    const fake = new FakeRooms()
    const room = await fake.rooms.open('a room')
    await fake.join(room, 'anna')
    await fake.clock.advance(60_000)
    t.match(room.timeline.events.at(-1), { type: 'left', reason: 'joinFailure', connected: false })
    t.match(fake.rooms.connects(), { attempts: 1, failures: 1 })
    const empty = await fake.rooms.open('another room')
    empty.close('roomClosed')
    t.same(fake.rooms.ended, [])
  },
)

t.test('an admin mutes, removes and ends, once each', async (t) => {
  const fake = new FakeRooms()
  const room = await fake.rooms.open('a room')
  const { participant, door } = await fake.join(room, 'anna')
  const ben = await fake.join(room, 'ben')
  const track = await publish(room, participant)
  door.take()
  t.equal(await muteForAdmin(room, track.sid), true)
  t.ok(track.muted)
  t.match(door.take(), ['own microphone muted', /^anna joined/])
  t.equal(await muteForAdmin(room, track.sid), true)
  t.same(door.take(), [], 'it is muted already')
  t.equal(await muteForAdmin(room, 'TR_none'), false)
  t.equal(removeForAdmin(room, 'anna'), true)
  t.equal(door.take().at(-1), 'departed removed')
  t.equal(removeForAdmin(room, 'anna'), false)
  t.equal(endForAdmin(room), true)
  t.equal(ben.door.take().at(-1), 'departed roomDeleted')
  t.equal(endForAdmin(room), false)
  t.match(told(room).slice(3), [
    'anna admin',
    'anna muted',
    'anna admin',
    'anna left',
    'call admin',
    'ben left',
    'call ended',
  ])
})

t.test('keeps the latest of what would be without end', async (t) => {
  const fake = new FakeRooms()
  const room = await fake.rooms.open('a room')
  for (let n = 0; n < 400; n += 1) {
    const { participant } = await fake.join(room, `person ${n}`)
    room.leave(participant, 'clientLeft')
  }
  t.equal(room.timeline.events.length, 500)
  t.match(room.timeline.events.at(-1), { who: { identity: 'person 399' }, type: 'left' })
  t.equal(room.record.departed.length, 50)
  for (let n = 0; n < 60; n += 1) {
    const next = await fake.rooms.open(`room ${n}`)
    await fake.join(next, 'anna')
    next.close('roomClosed')
  }
  t.equal(fake.rooms.ended.length, 50)
  t.equal(fake.rooms.ended[0]?.name, 'room 59')
})

t.test('who is refused again and again is told of once in a while', async (t) => {
  let nowMs = 0
  const timeline = new Timeline(() => nowMs)
  const anna = { identity: 'anna', name: 'Anna' }
  for (let n = 0; n < 5; n += 1) timeline.refuse(anna, 'the call is full')
  timeline.refuse(anna, 'the server is busy')
  timeline.refuse({ ...anna, identity: 'ben' }, 'the call is full')
  t.equal(timeline.events.length, 3)
  nowMs = 30_000
  timeline.refuse(anna, 'the call is full')
  t.equal(timeline.events.length, 4)
})

t.test('a room that only hidden participants were in is no call', async (t) => {
  const fake = new FakeRooms()
  const room = await fake.rooms.open('callbox-test')
  await fake.join(room, 'ghost', { permissions: { ...everything, hidden: true } })
  room.close('roomDeleted')
  t.same(fake.rooms.ended, [])
  const call = await fake.rooms.open('garden')
  await fake.join(call, 'anna')
  call.close('roomDeleted')
  t.equal(fake.rooms.ended.length, 1)
})
