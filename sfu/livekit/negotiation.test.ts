import {
  DisconnectReason,
  LeaveRequest_Action,
  MuteTrackRequest,
  RequestResponse_Reason,
  SessionDescription,
  SubscriptionError,
  UpdateSubscription,
} from '@livekit/protocol'
import t from 'tap'
import { answer, microphone, offer, publishMicrophone } from './test/client-moves.ts'
import { FakeDoor } from './test/fake-client.ts'

t.test('an offer before its add_track is answered, and published when that comes', async (t) => {
  const door = new FakeDoor()
  const anna = await door.enter('anna')
  await offer(anna, [{ mid: '1', kind: 'audio', direction: 'sendonly', trackId: 'mic' }])
  t.match(anna.last('answer').sdp, /a=recvonly/)
  t.equal(door.plane.rooms[0]?.transports[0]?.producers.length, 0)
  await anna.say({ case: 'addTrack', value: microphone('mic') })
  t.equal(door.plane.rooms[0]?.transports[0]?.producers.length, 1)
})

t.test('changes while an offer waits for its answer make one more offer', async (t) => {
  const door = new FakeDoor()
  const ben = await door.enter('ben')
  for (const identity of ['a', 'b', 'c']) await publishMicrophone(await door.enter(identity))
  t.equal(ben.all('offer').length, 1)
  await answer(ben)
  t.equal(ben.all('offer').length, 2)
  t.equal(Object.keys(ben.last('offer').midToTrackId).length, 3)
  await ben.say({ case: 'answer', value: new SessionDescription({ type: 'answer', id: 1 }) })
  t.equal(ben.closedWith, undefined, 'an answer to an older offer is ignored')
})

t.test('an offer without an answer for 15 s has the client reconnect', async (t) => {
  const door = new FakeDoor()
  const anna = await door.enter('anna')
  await door.clock.advance(15_000)
  t.match(anna.last('leave'), { action: LeaveRequest_Action.RECONNECT })
  t.equal(anna.closedWith, 1000)
})

t.test('rubbish for an offer ends the session with a reason', async (t) => {
  const door = new FakeDoor()
  const anna = await door.enter('anna')
  await anna.say({
    case: 'offer',
    value: new SessionDescription({ type: 'offer', sdp: 'x', id: 1 }),
  })
  t.match(anna.last('leave'), { reason: DisconnectReason.JOIN_FAILURE })
})

t.test('who offers more sections than fit one connection goes on with a fresh one', async (t) => {
  const door = new FakeDoor()
  const anna = await door.enter('anna')
  const sections = Array.from({ length: 301 }, (_, index) => ({
    mid: String(index),
    trackId: `track ${index}`,
    kind: 'audio' as const,
    direction: 'inactive' as const,
  }))
  await offer(anna, sections)
  t.match(anna.last('leave'), { action: LeaveRequest_Action.RECONNECT })
})

t.test('refuses a track without the permission by request_response', async (t) => {
  const door = new FakeDoor()
  const anna = await door.enter('anna', { grant: { canPublish: false } })
  await anna.say({ case: 'addTrack', value: microphone('mic') })
  t.match(anna.last('requestResponse'), { reason: RequestResponse_Reason.NOT_ALLOWED })
  t.equal(anna.last('join').fastPublish, false)
})

t.test('a section is used again only after the client has answered that it is idle', async (t) => {
  const door = new FakeDoor()
  const anna = await door.enter('anna')
  const ben = await door.enter('ben')
  await answer(ben)
  await publishMicrophone(anna)
  await answer(ben)
  const ended = { mid: '1', kind: 'audio', direction: 'inactive', trackId: 'mic' } as const
  const second = { mid: '2', kind: 'audio', direction: 'sendonly', trackId: 'mic2' } as const
  await anna.say({ case: 'addTrack', value: microphone('mic2') })
  await offer(anna, [ended, second])
  t.same(Object.keys(ben.last('offer').midToTrackId), ['2'])
  await answer(ben)
  await anna.say({ case: 'addTrack', value: microphone('mic3') })
  await offer(anna, [ended, second, { ...second, mid: '3', trackId: 'mic3' }])
  t.same(Object.keys(ben.last('offer').midToTrackId), ['1', '2'])
})

t.test('takes 20 announced tracks without media and no more', async (t) => {
  const door = new FakeDoor()
  const anna = await door.enter('anna')
  for (let count = 0; count < 21; count += 1) {
    await anna.say({ case: 'addTrack', value: microphone(`mic${count}`) })
  }
  t.equal(anna.all('trackPublished').length, 20)
  t.match(anna.last('requestResponse'), { reason: RequestResponse_Reason.LIMIT_EXCEEDED })
})

t.test('a mute is told to all with the muted track', async (t) => {
  const door = new FakeDoor()
  const anna = await door.enter('anna')
  const ben = await door.enter('ben')
  const sid = await publishMicrophone(anna)
  await anna.say({ case: 'mute', value: new MuteTrackRequest({ sid, muted: true }) })
  await door.clock.advance(20)
  t.match(ben.last('update').participants.at(-1)?.tracks[0], { sid, muted: true })
})

t.test('a client that does not subscribe by itself asks for tracks', async (t) => {
  const door = new FakeDoor()
  const sid = await publishMicrophone(await door.enter('anna'))
  const ben = await door.enter('ben', { query: '&auto_subscribe=0' })
  await answer(ben)
  t.same(ben.last('offer').midToTrackId, {})
  const value = new UpdateSubscription({ trackSids: [sid, 'TR_none'], subscribe: true })
  await ben.say({ case: 'subscription', value })
  t.same(ben.last('offer').midToTrackId, { 1: sid })
  t.match(ben.last('subscriptionResponse'), {
    trackSid: 'TR_none',
    err: SubscriptionError.SE_TRACK_NOTFOUND,
  })
})

t.test('a section that later offers lack has ended', async (t) => {
  const door = new FakeDoor()
  const anna = await door.enter('anna')
  await publishMicrophone(anna)
  await offer(anna, [{ mid: '2', kind: 'audio', direction: 'sendonly', trackId: 'other' }])
  t.equal(door.plane.rooms[0]?.transports[0]?.producers[0]?.closed, true)
  await anna.say({ case: 'addTrack', value: microphone('mic') })
  t.equal(
    door.plane.rooms[0]?.transports[0]?.producers.length,
    2,
    'the new section is the only one left to take the track',
  )
})
