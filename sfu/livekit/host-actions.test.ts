import { DisconnectReason, LeaveRequest_Action } from '@livekit/protocol'
import t from 'tap'
import { endForAdmin, muteForAdmin, removeForAdmin } from '../room/host-actions.ts'
import { connected, publishMicrophone } from './test/client-moves.ts'
import { FakeDoor } from './test/fake-client.ts'

async function callOfTwo() {
  const door = new FakeDoor()
  const [anna, ben] = [await connected(door, 'anna'), await connected(door, 'ben')]
  const room = door.rooms.find('a room')
  if (room === undefined) throw new Error('no room')
  return { door, anna, ben, room }
}

t.test('tells a publisher that its track was muted', async (t) => {
  const { door, anna, ben, room } = await callOfTwo()
  const sid = await publishMicrophone(anna)
  t.equal(await room.run(() => muteForAdmin(room, sid)), true)
  t.match(anna.last('mute'), { sid, muted: true })
  await door.clock.advance(1_000)
  const told = anna.cases().filter((kind) => kind === 'mute' || kind === 'update')
  t.same(told.slice(-2), ['mute', 'update'], 'before it sees that in the list of people')
  t.notOk(ben.cases().includes('mute'))
})

t.test('tells who is removed why, and not to come back', async (t) => {
  const { anna, ben, room } = await callOfTwo()
  removeForAdmin(room, 'anna')
  t.match(anna.last('leave'), {
    reason: DisconnectReason.PARTICIPANT_REMOVED,
    action: LeaveRequest_Action.DISCONNECT,
    canReconnect: false,
  })
  t.equal(anna.closedWith, 1000)
  t.notOk(ben.cases().includes('leave'))
})

t.test('tells everybody that the call was ended', async (t) => {
  const { anna, ben, room } = await callOfTwo()
  endForAdmin(room)
  for (const client of [anna, ben]) {
    t.match(client.last('leave'), {
      reason: DisconnectReason.ROOM_DELETED,
      action: LeaveRequest_Action.DISCONNECT,
    })
  }
})

t.test('who was offline when removed is told when going on, not to join anew', async (t) => {
  const { door, anna, room } = await callOfTwo()
  const { sid } = anna
  await anna.drop()
  removeForAdmin(room, 'anna')
  const back = await door.enter('anna', { query: `&reconnect=1&sid=${sid}` })
  t.same(back.cases(), ['reconnect', 'leave'], 'a leave alone makes the client join anew')
  t.match(back.last('leave'), {
    reason: DisconnectReason.PARTICIPANT_REMOVED,
    action: LeaveRequest_Action.DISCONNECT,
  })
  const other = await door.enter('ben', { query: `&reconnect=1&sid=${sid}` })
  t.match(other.last('leave'), { action: LeaveRequest_Action.RECONNECT }, 'it is not theirs')
  t.match(
    room.timeline.events.filter(({ type }) => type === 'disconnected'),
    [{ what: 'signal', who: { identity: 'anna' } }],
  )
})

t.test('a full call notes whom it refused', async (t) => {
  const door = new FakeDoor({ maxParticipants: 1 })
  await connected(door, 'anna')
  const { ok } = await door.ask(await door.token('ben', { name: 'Ben' }))
  t.equal(ok, false)
  t.match(door.rooms.find('a room')?.timeline.events.at(-1), {
    type: 'refused',
    who: { identity: 'ben', name: 'Ben' },
    why: /^the call is full/,
  })
})
