import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { LeaveRequest, SignalRequest, SignalResponse } from '@livekit/protocol'
import { SignJWT } from 'jose'
import { WebSocket } from 'ws'
import type { KeyPair } from '../livekit-keys.ts'
import { fails, type Outcome, type Trial, works } from './connect-test.ts'
import { ask, NoAnswer, strictly } from './strict-request.ts'
import { doubted, judged, type Surroundings, unanswered } from './surroundings.ts'

const TOKEN_SECONDS = 60
const JOIN_WITHIN_MS = 5000
/** The signal protocol's version that LiveKit's clients of today speak. */
const SIGNAL_PROTOCOL = 16

const LOOK_AT_LOG = 'Look at the lines of sfu in the log around this time.'

/** What chat servers and clients that speak LiveKit's protocol do. */
export function livekitTrials(about: Surroundings): readonly Trial[] {
  return [
    {
      id: 'livekit-validate',
      title: 'LiveKit: a token by the key in use is taken',
      run: () => validate(about),
    },
    {
      id: 'livekit-wrong-key',
      title: 'LiveKit: a token by a wrong secret is refused',
      run: () => refuse(about),
    },
    {
      id: 'livekit-join',
      title: 'LiveKit: the signal connection lets a participant in',
      run: () => join(about),
    },
    {
      id: 'livekit-api',
      title: 'LiveKit: the server API (RoomService)',
      run: () => roomService(about),
    },
  ]
}

/** Nobody sees who is in it, and it is gone when they leave. */
const testRoom = () => `callbox-test-${randomBytes(6).toString('hex')}`

async function validate(about: Surroundings): Promise<Outcome> {
  const token = await signToken(about.livekitKey(), about.nowMs())
  const url = `${about.publicOrigin}/rtc/validate?access_token=${token}`
  return judged(about, ask(about.certificate(), url, {}), ({ status, text }) =>
    status === 200
      ? works('A token signed with the key in use was accepted at the announced address.')
      : fails(`The token was refused with ${status}: ${shown(text)}`, LOOK_AT_LOG),
  )
}

async function refuse(about: Surroundings): Promise<Outcome> {
  const { key } = about.livekitKey()
  const token = await signToken({ key, secret: 'a secret that nobody has given' }, about.nowMs())
  const url = `${about.publicOrigin}/rtc/validate?access_token=${token}`
  return judged(about, ask(about.certificate(), url, {}), ({ status, text }) =>
    status === 401
      ? works('A token signed with another secret was refused with 401.')
      : fails(
          `The answer was ${status} instead of 401: ${shown(text)}`,
          'Another server answers there, or a proxy in front answers by itself. Let it pass /rtc on.',
        ),
  )
}

async function roomService(about: Surroundings): Promise<Outcome> {
  const token = await signToken(about.livekitKey(), about.nowMs(), { roomList: true })
  const question = {
    method: 'POST',
    body: '{}',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  } as const
  const url = `${about.publicOrigin}/twirp/livekit.RoomService/ListRooms`
  return judged(about, ask(about.certificate(), url, question), ({ status }) =>
    status === 200
      ? works('Rooms can be listed, as chat servers do to moderate calls.')
      : {
          state: 'warning',
          detail: `This version does not offer it (${status}). Calls work; a chat server that mutes or removes people, ends a call or makes rooms by this API cannot.`,
          fix: 'Mute and remove people on the page Calls. For Element Call see the hint at its settings.',
        },
  )
}

async function join(about: Surroundings): Promise<Outcome> {
  const token = await signToken(about.livekitKey(), about.nowMs())
  const address = about.publicOrigin.replace(/^http/, 'ws')
  const url = `${address}/rtc?access_token=${token}&protocol=${SIGNAL_PROTOCOL}&auto_subscribe=0`
  try {
    return await strictly(about.certificate(), async ({ tls, distrust }) => {
      const socket = new WebSocket(url, { ...tls, handshakeTimeout: JOIN_WITHIN_MS })
      try {
        return doubted(await enter(socket), distrust)
      } finally {
        socket.terminate()
      }
    })
  } catch (error) {
    if (error instanceof NoAnswer) return unanswered(about, error)
    throw error
  }
}

/** Waits to be let in, and says goodbye. */
async function enter(socket: WebSocket): Promise<Outcome> {
  const signal = AbortSignal.timeout(JOIN_WITHIN_MS)
  const [bytes] = await once(socket, 'message', { signal })
  const { message } = SignalResponse.fromBinary(new Uint8Array(bytes))
  if (message.case !== 'join') {
    return fails(`The first answer was "${message.case}" instead of "join".`, LOOK_AT_LOG)
  }
  const leave = new SignalRequest({ message: { case: 'leave', value: new LeaveRequest() } })
  const closed = once(socket, 'close', { signal })
  socket.send(leave.toBinary())
  await closed
  const servers = message.value.iceServers.length
  return works(
    `A hidden participant was let in over WebSocket, got ${servers} ICE servers, and left again.`,
  )
}

/** Signs as chat servers do: HS256 by the API secret. */
function signToken(
  { key, secret }: KeyPair,
  nowMs: number,
  more: Readonly<{ roomList?: true }> = {},
): Promise<string> {
  const nowSeconds = Math.floor(nowMs / 1000)
  const rights = { canPublish: false, canSubscribe: false, hidden: true }
  const video = { roomJoin: true, room: testRoom(), ...rights, ...more }
  return new SignJWT({ video })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuer(key)
    .setSubject('callbox-test')
    .setNotBefore(nowSeconds)
    .setExpirationTime(nowSeconds + TOKEN_SECONDS)
    .sign(new TextEncoder().encode(secret))
}

function shown(text: string): string {
  return text.slice(0, 200)
}
