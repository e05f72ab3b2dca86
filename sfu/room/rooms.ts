import type { MediaPlane } from '../media/media-plane.ts'
import type { Clock, Log } from './ambient.ts'
import type { CallRecord } from './call-record.ts'
import { ConnectLog, type Connects } from './connect-log.ts'
import { MediaWatch } from './media-watch.ts'
import type { DepartureReason } from './participant-door.ts'
import { Room, type RoomLimits } from './room.ts'
import type { Timeline } from './timeline.ts'

/** What the rooms of an SFU share. */
export type RoomsOptions = Readonly<{
  plane: MediaPlane
  limits: RoomLimits
  clock: Clock
  log: Log
}>

/** Rooms that ended, and are kept to be told of. */
const maxEnded = 50

/** All rooms by name; the only code that opens one. */
export class Rooms {
  readonly #options: RoomsOptions
  readonly #open = new Map<string, Room>()
  readonly #opening = new Map<string, Promise<Room>>()
  readonly #connects: ConnectLog
  readonly #watch: MediaWatch
  #ended: EndedRoom[] = []

  constructor(options: RoomsOptions) {
    this.#options = options
    const { clock, log } = options
    this.#connects = new ConnectLog(() => clock.nowMs())
    this.#watch = new MediaWatch({ rooms: () => this.#open.values(), clock, log })
  }

  /** A room that is open; `undefined` when there is none. */
  find(name: string): Room | undefined {
    return this.#open.get(name)
  }

  /** Every open room, oldest first. */
  all(): readonly Room[] {
    return [...this.#open.values()]
  }

  /** The rooms that somebody was in and that ended last, the latest first. */
  get ended(): readonly EndedRoom[] {
    return this.#ended
  }

  /** How joinings came out in the last hour. */
  connects(): Connects {
    return this.#connects.latest()
  }

  /** What keeps somebody of that identity out of a room, also of one that does not exist yet. */
  obstacleFor(name: string, identity: string): 'roomFull' | 'serverFull' | undefined {
    const room = this.find(name)
    if (room?.participants.has(identity)) return undefined
    if (room?.hasPlaceFor(identity) === false) return 'roomFull'
    const { rooms, participants } = this.#options.limits
    const isNew = room === undefined && !this.#opening.has(name)
    if (isNew && this.#open.size + this.#opening.size >= rooms) return 'serverFull'
    return this.#participants() >= participants ? 'serverFull' : undefined
  }

  /** The room of that name, opened when there is none; rejects when no media worker can carry it. */
  async open(name: string): Promise<Room> {
    const room = this.#open.get(name)
    if (room !== undefined) return room
    const already = this.#opening.get(name)
    if (already !== undefined) return already
    const opening = this.#openNew(name).finally(() => this.#opening.delete(name))
    this.#opening.set(name, opening)
    return opening
  }

  /** Closes every room. */
  closeAll(reason: DepartureReason): void {
    for (const room of this.all()) room.close(reason)
  }

  #participants(): number {
    let count = 0
    for (const room of this.#open.values()) count += room.participants.size
    return count
  }

  async #openNew(name: string): Promise<Room> {
    const { plane, limits, clock, log } = this.#options
    const media = await plane.openRoom(name)
    const room = new Room({
      name,
      media,
      limits,
      clock,
      log,
      onClosed: (closed) => this.#close(closed),
      onConnect: (attempt) => this.#connects.add(attempt),
    })
    this.#open.set(name, room)
    this.#watch.wake()
    return room
  }

  #close(room: Room): void {
    this.#open.delete(room.name)
    if (room.record.mostParticipants === 0) return
    this.#ended = [endedRoom(room), ...this.#ended].slice(0, maxEnded)
  }
}

/** What is kept of a room that has ended: of its people those who left last. */
export type EndedRoom = Readonly<{ endedAtMs: number }> &
  Readonly<
    Pick<Room, 'name' | 'sid' | 'startedAtMs'> &
      Pick<CallRecord, 'mostParticipants'> & {
        people: CallRecord['departed']
        events: Timeline['events']
      }
  >

function endedRoom(room: Room): EndedRoom {
  const { name, sid, startedAtMs, record, timeline, clock } = room
  const { mostParticipants, departed: people } = record
  const endedAtMs = clock.nowMs()
  return {
    name,
    sid,
    startedAtMs,
    endedAtMs,
    mostParticipants,
    people,
    events: timeline.events,
  }
}
