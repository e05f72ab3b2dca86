import type { IncomingMessage } from 'node:http'
import { ReconnectResponse, SignalRequest } from '@livekit/protocol'
import type { Clock, Log, Result } from '../room/ambient.ts'
import type { Participant } from '../room/participant.ts'
import type { DepartureReason } from '../room/participant-door.ts'
import type { Room } from '../room/room.ts'
import type { Rooms } from '../room/rooms.ts'
import { createSessionId } from '../room/session-id.ts'
import {
  type AccessToken,
  type LivekitKeys,
  permissionsOf,
  signAccessToken,
} from './access-token.ts'
import type { Admit } from './admission.ts'
import { Dismissals } from './dismissals.ts'
import { checkJoinRequest, type JoinRefusal, type JoinRequest } from './join-request.ts'
import type { IceServer } from './join-response.ts'
import { toLeaveRequest } from './messages.ts'
import { Session } from './session.ts'
import { pongFor } from './signal/liveness.ts'
import { encodeMessage, type SignalSocket } from './signal-link.ts'

/** What the front door needs. */
export type LivekitDoorOptions = Readonly<{
  keys: LivekitKeys
  rooms: Rooms
  iceServers: (participantSid: string) => readonly IceServer[]
  serverVersion: string
  admit: Admit
  clock: Clock
  log: Log
}>

/** Who takes what a WebSocket brings. */
export interface SignalHandler {
  /** Settles when the message is dealt with; rejects only because of a bug. */
  received(bytes: Uint8Array): Promise<void>
  closed(): void
}

const invalidPayload = 1007
const normalClosure = 1000
const internalError = 1011
/** A token to come back with is valid at least this long. */
const leastRefreshSeconds = 600

/** The LiveKit front door: lets clients in by token and keeps their sessions, so that they can resume. */
export class LivekitDoor {
  readonly #options: LivekitDoorOptions
  readonly #nodeId = createSessionId('ND')
  readonly #sessions = new Map<string, Session>()
  readonly #dismissals = new Dismissals()
  #draining = false

  constructor(options: LivekitDoorOptions) {
    this.#options = options
  }

  /** Checks a request to join before its WebSocket is accepted, so that the client sees a refusal's status. */
  async authorize(url: URL, request: IncomingMessage): Promise<Result<JoinRequest, JoinRefusal>> {
    if (this.#draining) {
      return { ok: false, fault: { status: 503, message: 'this server is about to stop' } }
    }
    const { keys, rooms, clock, admit } = this.#options
    const context = { keys, rooms, admit, nowMs: clock.nowMs() }
    return checkJoinRequest(url, request.headers, context)
  }

  /** Takes an accepted WebSocket: joins the room, or goes on with a session. */
  open(request: JoinRequest, socket: SignalSocket): SignalHandler {
    const entering = (
      request.resume === undefined
        ? this.#join(request, socket)
        : this.#resume(request, request.resume, socket)
    ).catch((error: unknown) => {
      this.#options.log.error({ room: request.room, err: error }, 'joining failed')
      socket.close(internalError, 'internal error')
      return undefined
    })
    return {
      received: (bytes) => this.#received(entering, socket, bytes),
      closed: () => {
        void entering.then((session) => session?.detached(socket))
      },
    }
  }

  /** Sends everybody away, to come back when this server, or another, is there again. */
  drain(): void {
    this.#draining = true
    for (const session of [...this.#sessions.values()]) session.end('serverShutdown')
  }

  async #received(
    entering: Promise<Session | undefined>,
    socket: SignalSocket,
    bytes: Uint8Array,
  ): Promise<void> {
    const request = parseRequest(bytes)
    if (request === undefined) {
      socket.close(invalidPayload, 'not a signal request')
      return
    }
    const pong = pongFor(request, this.#options.clock.nowMs())
    if (pong !== undefined) {
      socket.send(encodeMessage(pong))
      return
    }
    const session = await entering
    if (session !== undefined) await session.room.run(() => session.handle(request))
  }

  async #join(request: JoinRequest, socket: SignalSocket): Promise<Session | undefined> {
    // Asked again, here and in the room's queue: many may have been let in at the same moment.
    if (this.#options.rooms.obstacleFor(request.room, request.token.identity)) {
      return turnAway(socket, 'joinFailure')
    }
    const room = await this.#openRoom(request.room)
    if (room === undefined) return turnAway(socket, 'mediaFailure')
    const session = await room.run(() => this.#enter(room, request))
    if (session === undefined) return turnAway(socket, 'joinFailure')
    await room.run(() => session.begin(socket))
    return session
  }

  async #openRoom(name: string): Promise<Room | undefined> {
    const { rooms, log } = this.#options
    try {
      return await rooms.open(name)
    } catch (error) {
      log.error({ room: name, err: error }, 'no media worker can carry the room')
      return undefined
    }
  }

  async #enter(room: Room, request: JoinRequest): Promise<Session | undefined> {
    const { token } = request
    if (this.#options.rooms.obstacleFor(room.name, token.identity)) return undefined
    const doors: Session[] = []
    const participant = await room.join({
      identity: token.identity,
      name: token.name,
      kind: token.kind,
      metadata: token.metadata,
      attributes: request.attributes,
      permissions: permissionsOf(token.grant),
      autoSubscribe: request.autoSubscribe,
      clientProtocol: request.clientProtocol,
      client: request.client,
      createDoor: (entered) => {
        const session = this.#createSession(room, entered, token)
        doors.push(session)
        return session
      },
    })
    if (participant === undefined || participant.gone) return undefined
    return doors[0]
  }

  #createSession(room: Room, participant: Participant, token: AccessToken): Session {
    const { iceServers, serverVersion, admit, log } = this.#options
    const session = new Session(room, participant, {
      iceServers,
      serverVersion,
      nodeId: this.#nodeId,
      admit,
      log,
      refreshToken: (of) => this.#refreshToken(of, token),
      onEnded: () => {
        this.#sessions.delete(participant.sid)
        this.#dismissals.note(participant, room.name)
      },
    })
    this.#sessions.set(participant.sid, session)
    return session
  }

  async #resume(
    request: JoinRequest,
    sid: string,
    socket: SignalSocket,
  ): Promise<Session | undefined> {
    const { identity } = request.token
    const dismissed = this.#dismissals.reasonFor({ sid, identity, room: request.room })
    if (dismissed !== undefined) return dismiss(socket, dismissed)
    const session = this.#sessions.get(sid)
    const isTheirs =
      session?.participant.identity === identity && session.room.name === request.room
    if (session === undefined || !isTheirs) return turnAway(socket, 'stateMismatch')
    await session.room.run(() => session.resume(socket))
    return session.participant.gone ? turnAway(socket, 'stateMismatch') : session
  }

  #refreshToken(participant: Participant, token: AccessToken): Promise<string> {
    const { keys, clock } = this.#options
    const nowMs = clock.nowMs()
    const remaining = token.expiresAtSeconds - Math.floor(nowMs / 1000)
    const { name, kind, metadata, attributes, identity } = participant
    return signAccessToken(
      {
        identity,
        name,
        kind,
        metadata,
        attributes: Object.fromEntries(attributes),
        grant: { ...token.grant, room: token.grant.room || undefined },
      },
      { id: token.key, secret: keys.get(token.key) ?? '' },
      { nowMs, lifetimeSeconds: Math.max(leastRefreshSeconds, remaining) },
    )
  }
}

function turnAway(socket: SignalSocket, reason: DepartureReason): undefined {
  socket.send(encodeMessage({ case: 'leave', value: toLeaveRequest(reason) }))
  socket.close(normalClosure, reason)
  return undefined
}

/** A client takes a leave in place of the answer to its resume for a reason to join anew, so it is resumed first. */
function dismiss(socket: SignalSocket, reason: DepartureReason): undefined {
  socket.send(encodeMessage({ case: 'reconnect', value: new ReconnectResponse() }))
  return turnAway(socket, reason)
}

function parseRequest(bytes: Uint8Array): SignalRequest | undefined {
  try {
    return SignalRequest.fromBinary(bytes)
  } catch {
    return undefined
  }
}
