import type { ConsumerMedia } from '../media/media-plane.ts'
import type { Clock, Log } from './ambient.ts'
import type { Participant } from './participant.ts'
import { tracksBySid } from './receiving.ts'
import type { Room } from './room.ts'
import type { Track } from './track.ts'
import { Turns } from './turns.ts'

/**
 * Questions to the media workers, over the whole server: what people send and how they are connected
 * comes first, what they receive always has its part. In a call of thirty with cameras the latter are 1740.
 */
const tickMs = 250
const perTick = 25
const perTickOfSources = 15
/** Answers that may be awaited; a worker that is busy is not asked more. */
const maxAwaited = 50

/** How often each is asked at most. A freeze is seen by its bytes, which takes a look a second. */
const everyMs = { picture: 1_000, sound: 2_000, consumer: 3_000, route: 5_000 } as const

/** What a watch needs. */
export type MediaWatchOptions = Readonly<{
  rooms: () => Iterable<Room>
  clock: Clock
  log: Log
}>

/** Something to ask about; `of` is asked about not more often than `everyMs`. */
type Question = Readonly<{
  of: object
  everyMs: number
  about: Participant
  ask: () => Promise<void>
}>

/** Asks how all media travels, one after another, within a budget; sleeps while there is no room. */
export class MediaWatch {
  readonly #options: MediaWatchOptions
  readonly #askedAtMs = new WeakMap<object, number>()
  readonly #sources: Turns<Question>
  readonly #received: Turns<Question>
  #awaited = 0
  #armed = false

  constructor(options: MediaWatchOptions) {
    this.#options = options
    this.#sources = new Turns(() => this.#eachSource())
    this.#received = new Turns(() => this.#eachReceived())
  }

  /** Begins to watch, when a room has opened. */
  wake(): void {
    if (this.#armed) return
    this.#armed = true
    this.#options.clock.after(tickMs, () => {
      this.#armed = false
      this.#tick()
    })
  }

  #tick(): void {
    const rooms = this.#options.rooms()[Symbol.iterator]()
    if (rooms.next().done) return
    this.wake()
    if (this.#awaited >= maxAwaited) return
    const asked = this.#askSome(this.#sources, perTickOfSources)
    this.#askSome(this.#received, perTick - asked)
  }

  #askSome(turns: Turns<Question>, most: number): number {
    const nowMs = this.#options.clock.nowMs()
    const due = turns.take(most, ({ of, everyMs }) => {
      const askedAtMs = this.#askedAtMs.get(of)
      if (askedAtMs !== undefined && nowMs - askedAtMs < everyMs) return false
      this.#askedAtMs.set(of, nowMs)
      return true
    })
    for (const question of due) this.#ask(question)
    return due.length
  }

  #ask({ ask, about }: Question): void {
    this.#awaited += 1
    ask()
      .catch((err: unknown) => {
        // What closes meanwhile has no figures any more.
        if (about.gone) return
        this.#options.log.debug({ participant: about.sid, err }, 'no statistics of media')
      })
      .finally(() => {
        this.#awaited -= 1
      })
  }

  *#eachSource(): Generator<Question> {
    for (const room of this.#options.rooms()) {
      for (const participant of room.participants.values()) {
        if (participant.state === 'active') yield* this.#sourcesOf(room, participant)
      }
    }
  }

  *#sourcesOf(room: Room, participant: Participant): Generator<Question> {
    yield {
      of: participant.media.receive,
      everyMs: everyMs.route,
      about: participant,
      ask: () => {
        room.figures.refresh(participant, this.#options.clock.nowMs())
        return room.lookAtRoute(participant)
      },
    }
    for (const track of participant.publishedTracks()) {
      if (!track.muted) yield this.#ofTrack(room, track)
    }
  }

  #ofTrack(room: Room, track: Track): Question {
    return {
      of: track,
      everyMs: track.description.kind === 'video' ? everyMs.picture : everyMs.sound,
      about: track.participant,
      ask: async () => {
        const stats = await track.producer?.stats()
        if (stats === undefined || track.muted || track.ended) return
        room.figures.takeTrack(track, stats, this.#options.clock.nowMs())
      },
    }
  }

  *#eachReceived(): Generator<Question> {
    for (const room of this.#options.rooms()) {
      const tracks = tracksBySid(room)
      for (const receiver of room.participants.values()) {
        for (const [trackSid, consumer] of receiver.consumers) {
          const track = tracks.get(trackSid)
          if (track === undefined || !flows(track, consumer)) continue
          yield this.#ofConsumer(room, receiver, { track, consumer })
        }
      }
    }
  }

  #ofConsumer(
    room: Room,
    receiver: Participant,
    { track, consumer }: Readonly<{ track: Track; consumer: ConsumerMedia }>,
  ): Question {
    return {
      of: consumer,
      everyMs: everyMs.consumer,
      about: receiver,
      ask: async () => {
        const stats = await consumer.stats()
        if (receiver.gone || !flows(track, consumer)) return
        const nowMs = this.#options.clock.nowMs()
        room.figures.takeConsumer(receiver, consumer, { track, stats, nowMs })
      },
    }
  }
}

function flows(track: Track, consumer: ConsumerMedia): boolean {
  return !track.muted && !track.ended && !consumer.paused && !consumer.closed
}
