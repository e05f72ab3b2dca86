import type { types } from 'mediasoup'
import type { RoomMedia, RoomMediaEvent } from '../media/media-plane.ts'
import type { Clock, Log } from './ambient.ts'
import { CallObserver } from './call-observer.ts'
import { CallRecord } from './call-record.ts'
import type { ConnectAttempt } from './connect-attempt.ts'
import { Participant, type ParticipantMedia, type ParticipantOptions } from './participant.ts'
import type { DepartureReason } from './participant-door.ts'
import { snapshotPerson } from './person-snapshot.ts'
import { RoomFigures } from './room-figures.ts'
import { createSessionId } from './session-id.ts'
import { TaskQueue } from './task-queue.ts'
import type { Timeline } from './timeline.ts'

/** How long a room and those in it may stay in a state, milliseconds, and how many there may be. */
export type RoomLimits = Readonly<{
  /** Participants at the same time; 0 is no limit. */
  maxParticipants: number
  /** A room that nobody ever entered closes after this time, an empty one after the next. */
  emptyMs: number
  departureMs: number
  /** A participant whose media never connected leaves after this time. */
  joinMs: number
  qualityIntervalMs: number
  tracksPerParticipant: number
  /** Rooms and participants of the whole server. */
  rooms: number
  participants: number
}>

/** The limits that rooms have unless told otherwise. */
export const defaultRoomLimits: RoomLimits = {
  maxParticipants: 0,
  emptyMs: 300_000,
  departureMs: 20_000,
  joinMs: 60_000,
  qualityIntervalMs: 5_000,
  tracksPerParticipant: 32,
  rooms: 1_000,
  participants: 2_000,
}

/** What a room needs to live. */
export type RoomOptions = Readonly<{
  name: string
  media: RoomMedia
  limits: RoomLimits
  clock: Clock
  log: Log
  /** Called once, when the room has closed. */
  onClosed: (room: Room) => void
  /** Called of each participant once, when its media first flows or it leaves without. */
  onConnect?: (attempt: ConnectAttempt) => void
}>

/** One call: its participants, and the rules of who is told what. Knows no protocol. */
export class Room {
  readonly sid = createSessionId('RM')
  readonly name: string
  readonly media: RoomMedia
  readonly limits: RoomLimits
  readonly clock: Clock
  readonly log: Log
  readonly startedAtMs: number
  /** What is told of the call afterwards. */
  readonly record: CallRecord
  readonly figures: RoomFigures
  /** What the room's media can carry. */
  readonly capabilities: types.RtpCapabilities
  readonly #queue = new TaskQueue()
  readonly #participants = new Map<string, Participant>()
  readonly #observer: CallObserver
  readonly #onClosed: (room: Room) => void
  #cancelClosing: () => void
  #closed = false

  constructor(options: RoomOptions) {
    this.name = options.name
    this.media = options.media
    this.capabilities = toRtpCapabilities(options.media.rtpCapabilities)
    this.limits = options.limits
    this.clock = options.clock
    this.log = options.log
    this.#onClosed = options.onClosed
    this.startedAtMs = options.clock.nowMs()
    this.record = new CallRecord(options.clock, options.onConnect ?? (() => undefined))
    this.figures = new RoomFigures(this.timeline)
    this.#cancelClosing = this.clock.after(this.limits.emptyMs, () => this.close('roomClosed'))
    this.#observer = new CallObserver(this)
    this.#observer.start()
    options.media.onEvent((event) => this.#handleMediaEvent(event))
  }

  get closed(): boolean {
    return this.#closed
  }

  /** What happened in it. */
  get timeline(): Timeline {
    return this.record.timeline
  }

  /** Everybody in the room, hidden ones too, by identity. */
  get participants(): ReadonlyMap<string, Participant> {
    return this.#participants
  }

  /** Runs a task after all that were given before it; the room takes one at a time. */
  run<T>(task: () => Promise<T> | T): Promise<T> {
    return this.#queue.run(task)
  }

  /** Whether there is a place for this identity; one already inside is replaced, so it always fits. */
  hasPlaceFor(identity: string): boolean {
    const { maxParticipants } = this.limits
    return (
      maxParticipants === 0 ||
      this.#participants.has(identity) ||
      this.#participants.size < maxParticipants
    )
  }

  /** Lets somebody in; an older session of the same identity leaves. `undefined`: full, or closed. */
  async join(options: ParticipantOptions): Promise<Participant | undefined> {
    if (this.#closed) return undefined
    const media = await this.#openMedia()
    if (media === undefined) return undefined
    if (this.#closed || !this.hasPlaceFor(options.identity)) {
      media.send.close()
      media.receive.close()
      return undefined
    }
    const older = this.#participants.get(options.identity)
    if (older !== undefined) this.leave(older, 'duplicateIdentity')
    const participant = new Participant(options, media, this.clock.nowMs())
    this.#participants.set(participant.identity, participant)
    this.record.joined(participant, this.#participants.size)
    this.#cancelClosing()
    this.#watchMedia(participant)
    participant.cancelJoinDeadline = this.clock.after(this.limits.joinMs, () => {
      if (participant.state === 'joined') this.leave(participant, 'joinFailure')
    })
    this.tellChanged(participant)
    this.#tellRoomChanged()
    this.log.info({ room: this.name, participant: participant.sid }, 'participant joined')
    return participant
  }

  /** Takes a participant out at once, with its media; the second call does nothing. */
  leave(participant: Participant, reason: DepartureReason): void {
    if (participant.gone) return
    this.record.left(participant, reason, snapshotPerson(this, participant))
    participant.state = 'disconnected'
    participant.cancelJoinDeadline()
    participant.departureReason = reason
    participant.version += 1
    const current = this.#participants.get(participant.identity) === participant
    if (current) this.#participants.delete(participant.identity)
    for (const track of participant.tracks.values()) this.forgetTrack(track.sid)
    for (const track of participant.tracks.values()) track.end()
    participant.tracks.clear()
    participant.consumers.clear()
    participant.media.send.close()
    participant.media.receive.close()
    this.tellSilent(participant)
    this.log.info({ room: this.name, participant: participant.sid, reason }, 'participant left')
    participant.door.departed(reason)
    // A successor of the same identity takes the place over; a late word of the end would end it too.
    if (reason !== 'duplicateIdentity') this.tellChanged(participant)
    this.tellSubscriptionsChanged()
    this.#tellRoomChanged()
    if (this.#participants.size === 0 && !this.#closed) {
      this.#cancelClosing()
      this.#cancelClosing = this.clock.after(this.limits.departureMs, () =>
        this.close('roomClosed'),
      )
    }
  }

  /** Ends the room for everybody; the second call does nothing. */
  close(reason: DepartureReason): void {
    if (this.#closed) return
    this.#closed = true
    this.#cancelClosing()
    this.#observer.stop()
    for (const participant of [...this.#participants.values()]) this.leave(participant, reason)
    this.timeline.add(undefined, { type: 'ended', reason })
    this.media.close()
    this.#onClosed(this)
  }

  /** Counts a change of a participant and tells everybody who may see it, itself too. */
  tellChanged(participant: Participant): void {
    for (const other of this.#participants.values()) {
      if (other === participant || !participant.permissions.hidden) {
        other.door.participantChanged(participant)
      }
    }
  }

  /** Has everybody look again which tracks it should receive. */
  tellSubscriptionsChanged(): void {
    for (const participant of this.#participants.values()) participant.door.subscriptionsChanged()
  }

  /** Tells that somebody stopped speaking, because of a mute or a departure. */
  tellSilent(participant: Participant): void {
    this.#observer.silence(participant)
  }

  /** Drops what was asked for a track that ends, and what was received of it. */
  forgetTrack(trackSid: string): void {
    for (const participant of this.#participants.values()) {
      participant.subscriptions.forget(trackSid)
      participant.consumers.get(trackSid)?.close()
      participant.consumers.delete(trackSid)
    }
  }

  /** Looks up how a participant's media travels, and notes it where that has changed. */
  async lookAtRoute(participant: Participant): Promise<void> {
    const { tuple } = await participant.media.receive.stats()
    if (tuple !== undefined && !participant.gone) this.record.travels(participant, tuple)
  }

  async #openMedia(): Promise<ParticipantMedia | undefined> {
    const opened = await Promise.allSettled([
      this.media.openTransport({ direction: 'send' }),
      this.media.openTransport({ direction: 'receive' }),
    ])
    const [send, receive] = opened
    if (send.status === 'fulfilled' && receive.status === 'fulfilled') {
      return { send: send.value, receive: receive.value }
    }
    for (const one of opened) {
      if (one.status === 'fulfilled') one.value.close()
      else this.log.warn({ room: this.name, err: one.reason }, 'no media transport')
    }
    return undefined
  }

  #watchMedia(participant: Participant): void {
    const { receive } = participant.media
    receive.onEvent((event) => {
      if (participant.gone) return
      if (event.type === 'connected') this.#mediaConnected(participant)
      if (event.type !== 'disconnected') return
      participant.mediaConnected = false
      this.record.mediaLost(participant)
    })
  }

  #mediaConnected(participant: Participant): void {
    participant.mediaConnected = true
    this.record.mediaConnected(participant)
    this.lookAtRoute(participant).catch((err: unknown) => {
      if (participant.gone) return
      this.log.warn({ participant: participant.sid, err }, 'no transport statistics')
    })
    if (participant.state === 'active') return
    participant.state = 'active'
    participant.version += 1
    this.tellChanged(participant)
    participant.door.subscriptionsChanged()
  }

  #handleMediaEvent(event: RoomMediaEvent): void {
    if (this.#closed) return
    if (event.type === 'mediaWorkerDied') {
      this.log.error({ room: this.name }, 'media worker died, participants must join again')
      this.close('mediaFailure')
      return
    }
    this.#observer.hear(event.levels)
  }

  #tellRoomChanged(): void {
    for (const participant of this.#participants.values()) participant.door.roomChanged()
  }
}

/** A router's capabilities in the type of a client's: all its payload types are set. */
function toRtpCapabilities(router: types.RouterRtpCapabilities): types.RtpCapabilities {
  const codecs = (router.codecs ?? []).flatMap(({ preferredPayloadType, ...codec }) =>
    preferredPayloadType === undefined ? [] : [{ ...codec, preferredPayloadType }],
  )
  return { codecs, headerExtensions: router.headerExtensions ?? [] }
}
