import {
  AddTrackRequest,
  DisconnectReason,
  LeaveRequest_Action,
  ParticipantInfo_State,
  Ping,
  RequestResponse_Reason,
  SubscriptionError,
  SyncState,
  TrackInfo,
  TrackPublishedResponse,
  TrackSource,
  TrackType,
  UpdateParticipantMetadata,
} from '@livekit/protocol'
import t from 'tap'
import { verifyAccessToken } from './access-token.ts'
import {
  answer,
  connected,
  leaveRequest,
  microphone,
  offer,
  publishMicrophone,
} from './test/client-moves.ts'
import { FakeDoor } from './test/fake-client.ts'

t.test('greets with join first, then offers the data channels', async (t) => {
  const door = new FakeDoor()
  const anna = await door.enter('anna', { name: 'Anna', attributes: { a: '1' } })
  t.same(anna.cases().slice(0, 2), ['join', 'offer'])
  const join = anna.last('join')
  t.match(join.toJson(), {
    room: { name: 'a room', numParticipants: 1 },
    participant: { identity: 'anna', name: 'Anna', attributes: { a: '1' }, state: 'JOINED' },
    subscriberPrimary: true,
    pingTimeout: 15,
    pingInterval: 5,
    fastPublish: true,
    serverInfo: { protocol: 17, debugInfo: 'callbox 1.2.3' },
    iceServers: [{ urls: ['turn:192.0.2.1'], username: `user of ${anna.sid}` }],
  })
  t.match(anna.sid, /^PA_\w{12}$/)
  t.match(anna.last('offer'), { id: 1, type: 'offer', sdp: /m=application/ })
})

t.test('a server at its limit refuses newcomers with 403, and nobody who is inside', async (t) => {
  const door = new FakeDoor()
  const anna = await door.enter('anna')
  const asked: object[] = []
  door.admit = (request) => {
    asked.push(request)
    return request.kind === 'video' ? undefined : 'nobody else is let in'
  }
  const refused = await door.ask(await door.token('ben'))
  t.match(refused, { ok: false, fault: { status: 403, message: 'nobody else is let in' } })
  t.match(await door.ask(await door.token('anna')), { ok: true }, 'who joins again')
  const resume = `&reconnect=1&sid=${anna.sid}`
  t.match(await door.ask(await door.token('anna'), resume), { ok: true }, 'who resumes')
  t.same(asked, [{ kind: 'join', room: 'a room' }])
})

t.test('a server at its limit refuses pictures with its reason, and no sound', async (t) => {
  const door = new FakeDoor()
  const anna = await door.enter('anna')
  door.admit = ({ kind }) => (kind === 'video' ? 'screens are refused' : undefined)
  const screen = { cid: 'screen', type: TrackType.VIDEO, source: TrackSource.SCREEN_SHARE }
  await anna.say({ case: 'addTrack', value: new AddTrackRequest(screen) })
  t.match(anna.last('requestResponse').toJson(), {
    reason: 'LIMIT_EXCEEDED',
    message: 'screens are refused',
    addTrack: { cid: 'screen' },
  })
  t.equal(anna.all('trackPublished').length, 0)
  await publishMicrophone(anna)
  t.equal(anna.all('trackPublished').length, 1)
})

t.test('a late joiner finds who is there, with tracks; the others learn of it', async (t) => {
  const door = new FakeDoor()
  const anna = await door.enter('anna')
  await publishMicrophone(anna)
  const ben = await door.enter('ben')
  const [found] = ben.last('join').otherParticipants
  t.match(found?.toJson(), { identity: 'anna', tracks: [{ source: 'MICROPHONE' }] })
  t.match(
    ben.last('offer').sdp,
    new RegExp(`a=msid:${anna.sid}\\|TR_\\w+ TR_`),
    'in the first offer',
  )
  await door.clock.advance(20)
  t.match(anna.last('update').participants.at(-1), { identity: 'ben' })
})

t.test('answers both kinds of ping at once', async (t) => {
  const anna = await new FakeDoor().enter('anna')
  await anna.say({ case: 'ping', value: 5n })
  await anna.say({ case: 'pingReq', value: new Ping({ timestamp: 7n, rtt: 1n }) })
  t.equal(anna.last('pong'), 1_000_000n)
  t.match(anna.last('pongResp'), { lastPingTimestamp: 7n, timestamp: 1_000_000n })
})

t.test(
  'publishes: track_published with the cid, an answer with the offer id, an update, an offer',
  async (t) => {
    const door = new FakeDoor()
    const anna = await door.enter('anna')
    const ben = await door.enter('ben')
    await answer(ben)
    const sid = await publishMicrophone(anna)
    t.match(anna.last('trackPublished'), { cid: 'mic', track: { sid, type: TrackType.AUDIO } })
    t.match(anna.last('answer'), { id: 7, type: 'answer', sdp: /a=recvonly/ })
    const order = ben.cases()
    t.ok(
      order.lastIndexOf('update') < order.lastIndexOf('offer'),
      'the update comes before the offer',
    )
    t.match(ben.last('offer').midToTrackId, { 1: sid })
    const consumer = door.plane.rooms[0]?.transports[3]?.consumers[0]
    t.equal(consumer?.paused, true, 'nothing is sent before the answer')
    t.equal(consumer?.rtpParameters.mid, '1', 'its packets carry the mid of its section')
    await answer(ben)
    t.equal(consumer?.paused, false)
  },
)

t.test(
  'a track whose section turns inactive is unpublished; its section is used again',
  async (t) => {
    const door = new FakeDoor()
    const anna = await door.enter('anna')
    const ben = await door.enter('ben')
    await answer(ben)
    await publishMicrophone(anna)
    await answer(ben)
    await offer(anna, [{ mid: '1', kind: 'audio', direction: 'inactive', trackId: 'mic' }])
    await answer(ben)
    t.match(ben.last('offer').sdp, /a=mid:1\r\n.*a=inactive/s)
    t.same(ben.last('update').participants.at(-1)?.tracks, [])
    await anna.say({ case: 'addTrack', value: microphone('mic2') })
    const again = { mid: '2', kind: 'audio', direction: 'sendonly', trackId: 'mic2' } as const
    const before = { mid: '1', kind: 'audio', direction: 'inactive', trackId: 'mic' } as const
    await offer(anna, [before, again])
    t.same(Object.keys(ben.last('offer').midToTrackId), ['1'], 'no new section')
    const [, stream, track] = ben.last('offer').sdp.match(/a=msid:(\S+) (\S+)/) ?? []
    t.equal(stream, `${anna.sid}|${track}`, 'the stream names the new track')
  },
)

t.test(
  'a section that the client refuses ends the subscription with CODEC_UNSUPPORTED',
  async (t) => {
    const door = new FakeDoor()
    const anna = await door.enter('anna')
    const sid = await publishMicrophone(anna)
    const ben = await door.enter('ben')
    await answer(ben, new Set(['1']))
    t.match(ben.last('subscriptionResponse'), {
      trackSid: sid,
      err: SubscriptionError.SE_CODEC_UNSUPPORTED,
    })
    t.equal(door.plane.rooms[0]?.transports[3]?.consumers[0]?.closed, true)
  },
)

t.test(
  'a change of oneself is told to oneself, answered under its id, and gives a new token',
  async (t) => {
    const door = new FakeDoor()
    const anna = await door.enter('anna', { name: 'Anna' })
    const value = new UpdateParticipantMetadata({ attributes: { hand: 'up' }, requestId: 9 })
    await anna.say({ case: 'updateMetadata', value })
    t.match(anna.last('update').participants.at(-1), { sid: anna.sid, attributes: { hand: 'up' } })
    t.match(anna.last('requestResponse'), { requestId: 9, reason: RequestResponse_Reason.OK })
    await door.clock.advance(1_000)
    const keys = new Map([['key', 'a secret that is long enough for tests']])
    const token = await verifyAccessToken(
      await anna.arrival('refreshToken'),
      keys,
      door.clock.nowMs(),
    )
    t.match(token, {
      ok: true,
      value: { identity: 'anna', name: 'Anna', grant: { room: 'a room' } },
    })
    if (token.ok) t.same(Object.fromEntries(token.value.attributes), { hand: 'up' })
  },
)

t.test('refuses a change of oneself without the permission', async (t) => {
  const door = new FakeDoor()
  const anna = await door.enter('anna', { grant: { canUpdateOwnMetadata: false } })
  const value = new UpdateParticipantMetadata({ attributes: { hand: 'up' }, requestId: 9 })
  await anna.say({ case: 'updateMetadata', value })
  t.match(anna.last('requestResponse'), {
    requestId: 9,
    reason: RequestResponse_Reason.NOT_ALLOWED,
  })
})

t.test('a leave is told to the others, and to nobody twice', async (t) => {
  const door = new FakeDoor()
  const anna = await door.enter('anna')
  const ben = await door.enter('ben')
  await ben.say({ case: 'leave', value: leaveRequest() })
  await ben.drop()
  await door.clock.advance(60_000)
  const ends = anna
    .all('update')
    .flatMap(({ participants }) => participants)
    .filter(({ state }) => state === ParticipantInfo_State.DISCONNECTED)
  t.match(ends, [{ identity: 'ben', sid: ben.sid }])
})

t.test('a second session of an identity ends the first with DUPLICATE_IDENTITY', async (t) => {
  const door = new FakeDoor()
  const first = await door.enter('anna')
  const second = await door.enter('anna')
  t.match(first.last('leave'), {
    reason: DisconnectReason.DUPLICATE_IDENTITY,
    action: LeaveRequest_Action.DISCONNECT,
  })
  t.not(second.sid, first.sid)
})

t.test(
  'resumes after a lost connection: reconnect, everybody, who left, a new offer',
  async (t) => {
    const door = new FakeDoor()
    const anna = await connected(door, 'anna')
    const ben = await door.enter('ben')
    await door.clock.advance(20)
    await anna.drop()
    await ben.say({ case: 'leave', value: leaveRequest() })
    const before = anna.last('offer').sdp.match(/ice-ufrag:(\S+)/)?.[1]
    const again = await door.enter('anna', { query: `&reconnect=1&sid=${anna.sid}` })
    t.equal(again.cases()[0], 'reconnect')
    const states = again.all('update').flatMap(({ participants }) => participants)
    t.match(
      states.map(({ identity, state }) => [identity, state]),
      [
        ['ben', ParticipantInfo_State.DISCONNECTED],
        ['anna', ParticipantInfo_State.ACTIVE],
      ],
    )
    t.not(again.last('offer').sdp.match(/ice-ufrag:(\S+)/)?.[1], before, 'ICE restarts')
    await door.clock.advance(30_000)
    t.equal(door.rooms.find('a room')?.participants.size, 0, 'but an unanswered offer ends it')
  },
)

t.test('keeps somebody without a connection for 30 s', async (t) => {
  const door = new FakeDoor()
  const anna = await connected(door, 'anna')
  await anna.drop()
  await door.clock.advance(29_999)
  t.equal(door.rooms.find('a room')?.participants.size, 1)
  await door.clock.advance(1)
  t.equal(door.rooms.find('a room')?.participants.size, 0)
})

t.test('a resume of nothing, or of somebody else, has the client join anew', async (t) => {
  const door = new FakeDoor()
  const anna = await connected(door, 'anna')
  for (const [identity, sid] of [
    ['anna', 'PA_unknown'],
    ['ben', anna.sid],
  ] as const) {
    const client = await door.enter(identity, { query: `&reconnect=1&sid=${sid}` })
    t.match(client.last('leave'), {
      reason: DisconnectReason.STATE_MISMATCH,
      action: LeaveRequest_Action.RECONNECT,
    })
    t.equal(client.received.length, 1)
  }
  t.equal(anna.closedWith, undefined, 'the session of another is untouched')
})

t.test('a resume that believes in tracks unknown here has the client join anew', async (t) => {
  const door = new FakeDoor()
  const anna = await connected(door, 'anna')
  const sid = await publishMicrophone(anna)
  const state = (trackSid: string) =>
    new SyncState({
      publishTracks: [new TrackPublishedResponse({ track: new TrackInfo({ sid: trackSid }) })],
    })
  await anna.say({ case: 'syncState', value: state(sid) })
  t.equal(anna.closedWith, undefined)
  await anna.say({ case: 'syncState', value: state('TR_unknown') })
  t.match(anna.last('leave'), { reason: DisconnectReason.STATE_MISMATCH })
})

t.test('draining sends everybody away to come back, and refuses newcomers with 503', async (t) => {
  const door = new FakeDoor()
  const anna = await door.enter('anna')
  door.door.drain()
  t.match(anna.last('leave'), {
    reason: DisconnectReason.SERVER_SHUTDOWN,
    action: LeaveRequest_Action.RECONNECT,
  })
  t.match(await door.ask(await door.token('ben')), { ok: false, fault: { status: 503 } })
})

t.test("a media worker's death has the clients reconnect", async (t) => {
  const door = new FakeDoor()
  const anna = await door.enter('anna')
  door.plane.killWorker()
  t.match(anna.last('leave'), { action: LeaveRequest_Action.RECONNECT })
})

t.test('a request that is not one closes the connection with 1007', async (t) => {
  const anna = await new FakeDoor().enter('anna')
  await anna.handler?.received(Uint8Array.of(0xff, 0xff, 0xff))
  t.equal(anna.closedWith, 1007)
})

t.test('refuses to join with the status that clients understand', async (t) => {
  const door = new FakeDoor({ maxParticipants: 1 })
  const status = async (asked: ReturnType<FakeDoor['ask']>) => {
    const checked = await asked
    return checked.ok ? 200 : [checked.fault.status, checked.fault.message]
  }
  t.match(await status(door.ask('')), [401, /no authorization token/])
  t.match(await status(door.ask('rubbish')), [401, /invalid authorization token/])
  const lacking = await door.token('anna', { grant: { roomJoin: false } })
  t.match(await status(door.ask(lacking)), [401, /permissions denied/])
  const roomless = await door.token('anna', { grant: { room: '' } })
  t.match(await status(door.ask(roomless)), [400, /no room name/])
  t.match(await status(door.ask(await door.token(''))), [400, /identity cannot be empty/])
  t.match(await status(door.ask(await door.token('x'.repeat(257)))), [400, /too long/])
  t.match(await status(door.ask(await door.token('anna'), '&attributes=e30')), 200)
  t.match(await status(door.ask(await door.token('anna'), '&attributes=W10x')), [400, /attributes/])
  await door.enter('anna')
  t.match(await status(door.ask(await door.token('ben'))), [403, /full/])
})
