import { ConnectionError, DisconnectReason, RoomEvent } from 'livekit-client'
import t from 'tap'
import { createFixture } from '../test/session-fixture.ts'
import { microphoneProblem } from './device-problems.ts'

const join = { name: 'Zoë', muted: false }

function personalToken(): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({})}.${part({ sub: 'me', video: { room: 'room' } })}.x`
}

function inviteToken(time: Readonly<{ exp?: number }> = {}): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({})}.${part({ video: { room: 'room' }, ...time })}.x`
}

t.test('joins with the token of the link, and does not ask for another', async (t) => {
  const token = personalToken()
  const { session, tokens, requests } = createFixture({ token })
  t.equal(session.phase.value, 'prejoin')
  const joining = session.join(join)
  t.equal(session.phase.value, 'connecting')
  await joining
  t.equal(session.phase.value, 'connected')
  t.strictSame(tokens, [token])
  t.strictSame(requests, [])
  await session.leave()
})

t.test('trades an invite once, and is the same person when joining again', async (t) => {
  const invite = inviteToken()
  const { session, tokens, requests } = createFixture({ token: invite })
  await session.join(join)
  await session.leave()
  t.equal(session.phase.value, 'left')
  await session.rejoin()
  t.strictSame(requests, [JSON.stringify({ name: 'Zoë', invite })])
  t.strictSame(tokens, ['traded-1', 'traded-1'])
  await session.leave()
})

t.test('shows the words of the server when it gives no token', async (t) => {
  const error = { code: 'JOIN_LINK_NEEDED', message: 'You need a join link.' }
  const { session, tokens } = createFixture({
    answer: () => Response.json({ error }, { status: 403 }),
  })
  await session.join(join)
  t.equal(session.phase.value, 'failed')
  t.match(session.problem.value, { code: 'not-allowed', why: 'You need a join link.' })
  t.strictSame(tokens, [])
})

t.test('calls a refused invite by what is wrong with it: its time, or else itself', async (t) => {
  const error = { code: 'JOIN_LINK_NEEDED', message: 'You need a join link.' }
  const answer = () => Response.json({ error }, { status: 403 })
  const titleFor = async (token: string) => {
    const { session } = createFixture({ token, answer })
    await session.join(join)
    return session.problem.value?.title
  }
  t.equal(await titleFor(inviteToken({ exp: 1 })), 'This join link has expired')
  t.equal(await titleFor(inviteToken({ exp: 2_000_000_000 })), 'This join link is not valid')
})

t.test('says that the server does not answer when asking for a token fails', async (t) => {
  const { session } = createFixture({
    answer: () => {
      throw new TypeError('fetch failed')
    },
  })
  await session.join(join)
  t.equal(session.problem.value?.code, 'server-unreachable')
})

t.test('blames the network only once the server was reached', async (t) => {
  const error = ConnectionError.internal('could not establish pc connection')
  const blocked = createFixture({
    token: personalToken(),
    connect: async (room) => {
      room.emit(RoomEvent.SignalConnected)
      throw error
    },
  })
  await blocked.session.join(join)
  t.equal(blocked.session.problem.value?.code, 'media-blocked')

  const silent = createFixture({
    token: personalToken(),
    connect: () => Promise.reject(ConnectionError.serverUnreachable('x')),
  })
  await silent.session.join(join)
  t.equal(silent.session.problem.value?.code, 'server-unreachable')
})

t.test('holds on while reconnecting and comes back', async (t) => {
  const { session, room } = createFixture({ token: personalToken() })
  await session.join(join)
  room.emit(RoomEvent.SignalReconnecting)
  room.emit(RoomEvent.Reconnecting)
  t.equal(session.phase.value, 'reconnecting')
  room.emit(RoomEvent.Reconnected)
  t.equal(session.phase.value, 'connected')
  await session.leave()
})

t.test(
  'fails with the reason when the room ends, from the call or while reconnecting',
  async (t) => {
    const { session, room } = createFixture({ token: personalToken() })
    await session.join(join)
    room.emit(RoomEvent.Disconnected, DisconnectReason.DUPLICATE_IDENTITY)
    t.equal(session.phase.value, 'failed')
    t.equal(session.problem.value?.code, 'joined-elsewhere')
    t.strictSame(session.people.value, [])

    await session.rejoin()
    t.equal(session.phase.value, 'connected')
    t.equal(session.problem.value, undefined)
    room.emit(RoomEvent.Reconnecting)
    room.emit(RoomEvent.Disconnected)
    t.equal(session.problem.value?.code, 'connection-lost')
  },
)

t.test('leaving is not a failure, whoever started it on this side', async (t) => {
  const { session, room } = createFixture({ token: personalToken() })
  await session.join(join)
  await session.leave()
  room.emit(RoomEvent.Disconnected, DisconnectReason.CLIENT_INITIATED)
  t.equal(session.phase.value, 'left')
  await session.rejoin()
  room.emit(RoomEvent.Disconnected, DisconnectReason.CLIENT_INITIATED)
  t.equal(session.phase.value, 'left')
})

t.test('an attempt that was cancelled changes nothing when it ends', async (t) => {
  const { promise, reject } = Promise.withResolvers<void>()
  const started = Promise.withResolvers<void>()
  const connect = () => {
    started.resolve()
    return promise
  }
  const { session } = createFixture({ token: personalToken(), connect })
  const joining = session.join(join)
  await started.promise
  await session.backToStart()
  t.equal(session.phase.value, 'prejoin')
  reject(ConnectionError.cancelled('x'))
  await joining
  t.equal(session.phase.value, 'prejoin')
  t.equal(session.problem.value, undefined)
})

t.test('joins as a listener when the microphone is refused, and says so', async (t) => {
  const { session } = createFixture({
    token: personalToken(),
    microphoneProblem: microphoneProblem(new DOMException('', 'NotAllowedError')),
  })
  await session.join(join)
  t.equal(session.phase.value, 'connected')
  t.match(session.announcement.value.text, 'You joined to listen')
  await session.leave()
})

t.test('raises the hand with the time in the attribute, and lowers it with none', async (t) => {
  const { session, room } = createFixture({ token: personalToken() })
  const sent: unknown[] = []
  room.localParticipant.setAttributes = async (attributes) => {
    sent.push(attributes)
    Object.assign(room.localParticipant, { _attributes: attributes })
  }
  await session.join(join)
  await session.controls.toggleHand()
  t.equal(session.controls.handRaised.value, true)
  await session.controls.toggleHand()
  t.equal(session.controls.handRaised.value, false)
  t.strictSame(sent, [{ raised_hand: '1000' }, { raised_hand: '' }])
  await session.leave()
})

t.test('does not raise a hand that the token does not allow', async (t) => {
  const { session, room } = createFixture({ token: personalToken(), mayRaiseHand: false })
  room.localParticipant.setAttributes = async () => {
    t.fail('asked the server')
  }
  await session.join(join)
  t.equal(session.controls.abilities.value.raiseHand, false)
  await session.controls.toggleHand()
  await session.leave()
})

t.test('says what keeps the microphone shut instead of unmuting', async (t) => {
  const { session, room } = createFixture({ token: personalToken() })
  await session.join(join)
  room.localParticipant.setMicrophoneEnabled = () =>
    Promise.reject(new DOMException('', 'NotFoundError'))
  await session.controls.toggleMute()
  t.equal(session.controls.muted.value, true)
  t.match(session.announcement.value.text, 'No microphone found')
  await session.leave()
})

t.test('tells that the browser keeps quiet until a click', async (t) => {
  const { session, room } = createFixture({ token: personalToken() })
  await session.join(join)
  Object.assign(room, { audioEnabled: false })
  room.emit(RoomEvent.AudioPlaybackStatusChanged, false)
  t.equal(session.audioBlocked.value, true)
  await session.leave()
  t.equal(session.audioBlocked.value, false)
})
