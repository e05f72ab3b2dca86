import {
  ParticipantUpdate,
  ReconnectResponse,
  RoomUpdate,
  type SignalRequest,
} from '@livekit/protocol'
import type { Log } from '../room/ambient.ts'
import type { Participant } from '../room/participant.ts'
import type {
  ConnectionQuality,
  DataMessage,
  DepartureReason,
  ParticipantDoor,
  Speaker,
} from '../room/participant-door.ts'
import type { Room } from '../room/room.ts'
import type { Track } from '../room/track.ts'
import type { Admit } from './admission.ts'
import { DataChannels } from './data-channels.ts'
import { type IceServer, toIceServer, toJoinResponse, toServerInfo } from './join-response.ts'
import { clientLimits, signalTimes } from './limits.ts'
import { toLeaveRequest, toParticipantInfo, toRoomInfo } from './messages.ts'
import {
  toConnectionQuality,
  toMuteTrack,
  toSpeakersChanged,
  toStreamState,
  toSubscriptionPermission,
  toTrackUnpublished,
} from './notices.ts'
import { Publisher } from './publisher.ts'
import { handleRequest } from './signal/requests.ts'
import {
  encodeMessage,
  type SignalLink,
  type SignalMessage,
  type SignalSocket,
} from './signal-link.ts'
import { Subscriber } from './subscriber.ts'

/** What a session needs besides its room and participant. */
export type SessionOptions = Readonly<{
  iceServers: (participantSid: string) => readonly IceServer[]
  serverVersion: string
  nodeId: string
  admit: Admit
  log: Log
  /** Signs a token with the participant's rights and present name, to come back with. */
  refreshToken: (participant: Participant) => Promise<string>
  /** Called once, when the participant is out. */
  onEnded: (session: Session) => void
}>

const updateChunk = 64
const normalClosure = 1000
const internalError = 1011

/** A participant's LiveKit session: lives on through losses of its WebSocket, until the participant is out. */
export class Session implements ParticipantDoor, SignalLink {
  readonly room: Room
  readonly participant: Participant
  readonly publisher: Publisher
  readonly subscriber: Subscriber
  readonly data: DataChannels
  readonly #options: SessionOptions
  #socket: SignalSocket | undefined
  /** Participants whose change the client has not been told, latest last. */
  readonly #changed = new Set<Participant>()
  #cancelGather: (() => void) | undefined
  #cancelRoomGather: (() => void) | undefined
  #cancelAbsence: () => void = () => undefined
  #cancelRefresh: () => void = () => undefined

  constructor(room: Room, participant: Participant, options: SessionOptions) {
    this.room = room
    this.participant = participant
    this.#options = options
    this.publisher = new Publisher(room, participant, this)
    this.subscriber = new Subscriber(room, participant, this)
    this.data = new DataChannels(room, participant, this)
  }

  /** Why the participant may send no picture at present; `undefined` when it may. */
  videoObstacle(): string | undefined {
    return this.#options.admit({ kind: 'video', room: this.room.name })
  }

  /** Greets the client on its first WebSocket. In the room's queue. */
  async begin(socket: SignalSocket): Promise<void> {
    if (this.participant.gone) {
      dismiss(socket, this.participant.departureReason ?? 'joinFailure')
      return
    }
    this.#socket = socket
    this.#changed.clear()
    const { iceServers, serverVersion, nodeId } = this.#options
    const servers = iceServers(this.participant.sid)
    const join = toJoinResponse(this.room, this.participant, { servers, serverVersion, nodeId })
    this.send({ case: 'join', value: join })
    this.data.open()
    this.#armRefresh(signalTimes.firstRefreshTokenMs)
    await this.#whileInside(() => this.subscriber.start())
  }

  /** Goes on with another WebSocket, with new ICE credentials on both sides. In the room's queue. */
  async resume(socket: SignalSocket): Promise<void> {
    await this.#whileInside(() => this.#resume(socket))
  }

  async #resume(socket: SignalSocket): Promise<void> {
    this.#cancelAbsence()
    this.room.record.signalBack(this.participant)
    const older = this.#socket
    this.#socket = socket
    older?.close(normalClosure, 'resumed on another connection')
    const { iceServers, serverVersion, nodeId } = this.#options
    const value = new ReconnectResponse({
      iceServers: iceServers(this.participant.sid).map(toIceServer),
      serverInfo: toServerInfo(serverVersion, nodeId),
      lastMessageSeq: this.data.lastSequence,
    })
    this.#write({ case: 'reconnect', value })
    for (const one of this.room.participants.values()) {
      if (one === this.participant || !one.permissions.hidden) this.#changed.add(one)
    }
    this.#sendRoom()
    this.#armRefresh(signalTimes.firstRefreshTokenMs)
    await this.subscriber.restartIce()
  }

  /** The WebSocket is gone; the participant stays for a while, unless its media never came. */
  detached(socket: SignalSocket): void {
    if (this.#socket !== socket) return
    this.#socket = undefined
    if (this.participant.gone) return
    if (this.participant.state === 'joined') {
      this.room.leave(this.participant, 'signalClosed')
      return
    }
    this.room.record.signalLost(this.participant)
    this.#cancelAbsence = this.room.clock.after(signalTimes.withoutSignalMs, () => {
      this.room.leave(this.participant, 'signalClosed')
    })
  }

  /** Takes one message of the client. In the room's queue. */
  async handle(request: SignalRequest): Promise<void> {
    await this.#whileInside(() => handleRequest(this, request))
  }

  send(message: SignalMessage): void {
    this.#flushChanged()
    this.#write(message)
  }

  end(reason: DepartureReason): void {
    this.room.leave(this.participant, reason)
  }

  /** Has a new token sent soon, because the name or the rights in it changed. */
  claimsChanged(): void {
    this.#armRefresh(signalTimes.firstRefreshTokenMs)
  }

  negotiationTimedOut(): void {
    // Without a signal connection there can be no answer; the resume makes a new offer.
    if (this.#socket !== undefined) this.end('stateMismatch')
  }

  run(task: () => Promise<void>): void {
    this.room.run(() => this.#whileInside(task)).catch((error: unknown) => this.#failed(error))
  }

  participantChanged(participant: Participant): void {
    this.#changed.delete(participant)
    this.#changed.add(participant)
    const large = notesCharacters(participant) > clientLimits.smallNotesCharacters
    const gatherMs = large ? signalTimes.gatherLargeMs : signalTimes.gatherMs
    this.#cancelGather ??= this.room.clock.after(gatherMs, () => this.#flushChanged())
  }

  subscriptionsChanged(): void {
    this.subscriber.requestSync()
  }

  trackUnpublished(track: Track): void {
    this.send(toTrackUnpublished(track))
  }

  trackMuted(track: Track): void {
    this.send(toMuteTrack(track))
  }

  streamPaused(track: Track, paused: boolean): void {
    this.send(toStreamState(track, paused))
  }

  subscriptionPermissionChanged(track: Track, allowed: boolean): void {
    this.send(toSubscriptionPermission(track, allowed))
  }

  speakersChanged(speakers: readonly Speaker[]): void {
    this.send(toSpeakersChanged(speakers))
  }

  qualityChanged(qualities: readonly ConnectionQuality[]): void {
    this.send(toConnectionQuality(qualities))
  }

  roomChanged(): void {
    this.#cancelRoomGather ??= this.room.clock.after(signalTimes.gatherRoomMs, () =>
      this.#sendRoom(),
    )
  }

  dataArrived(message: DataMessage): void {
    this.data.deliver(message)
  }

  departed(reason: DepartureReason): void {
    this.#cancelAbsence()
    this.#cancelRefresh()
    this.#cancelGather?.()
    this.#cancelRoomGather?.()
    this.subscriber.close()
    this.#changed.clear()
    const socket = this.#socket
    this.#socket = undefined
    if (socket !== undefined) dismiss(socket, reason)
    this.#options.onEnded(this)
  }

  /** Runs a task that fails for no reason but a bug, unless the participant's media closed under it. */
  async #whileInside(task: () => Promise<void>): Promise<void> {
    if (this.participant.gone) return
    try {
      await task()
    } catch (error) {
      if (!this.participant.gone) throw error
    }
  }

  #sendRoom(): void {
    this.#cancelRoomGather?.()
    this.#cancelRoomGather = undefined
    this.send({ case: 'roomUpdate', value: new RoomUpdate({ room: toRoomInfo(this.room) }) })
  }

  #write(message: SignalMessage): void {
    this.#socket?.send(encodeMessage(message))
  }

  #flushChanged(): void {
    this.#cancelGather?.()
    this.#cancelGather = undefined
    // Without a connection they wait: a resuming client must learn who left meanwhile.
    if (this.#socket === undefined) return
    const infos = [...this.#changed].map(toParticipantInfo)
    this.#changed.clear()
    for (let start = 0; start < infos.length; start += updateChunk) {
      const participants = infos.slice(start, start + updateChunk)
      this.#write({ case: 'update', value: new ParticipantUpdate({ participants }) })
    }
  }

  #armRefresh(delayMs: number): void {
    this.#cancelRefresh()
    if (this.participant.gone) return
    this.#cancelRefresh = this.room.clock.after(delayMs, () => {
      this.#sendRefreshToken().catch((error: unknown) => this.#failed(error))
    })
  }

  async #sendRefreshToken(): Promise<void> {
    this.#armRefresh(signalTimes.refreshTokenMs)
    const value = await this.#options.refreshToken(this.participant)
    if (!this.participant.gone) this.send({ case: 'refreshToken', value })
  }

  #failed(error: unknown): void {
    this.#options.log.error({ participant: this.participant.sid, err: error }, 'session failed')
    this.#socket?.close(internalError, 'internal error')
    this.room.leave(this.participant, 'stateMismatch')
  }
}

function dismiss(socket: SignalSocket, reason: DepartureReason): void {
  if (reason !== 'clientLeft') {
    socket.send(encodeMessage({ case: 'leave', value: toLeaveRequest(reason) }))
  }
  socket.close(normalClosure, reason)
}

function notesCharacters({ metadata, attributes }: Participant): number {
  let characters = metadata.length
  for (const [key, value] of attributes) characters += key.length + value.length
  return characters
}
