import type { MediaPlane } from '../media/media-plane.ts'
import type { Clock, Log } from './ambient.ts'
import type { DepartureReason } from './participant-door.ts'
import { Room, type RoomLimits } from './room.ts'

/** What the rooms of an SFU share. */
export type RoomsOptions = Readonly<{
  plane: MediaPlane
  limits: RoomLimits
  clock: Clock
  log: Log
}>

/** All rooms by name; the only code that opens one. */
export class Rooms {
  readonly #options: RoomsOptions
  readonly #open = new Map<string, Room>()
  readonly #opening = new Map<string, Promise<Room>>()

  constructor(options: RoomsOptions) {
    this.#options = options
  }

  /** A room that is open; `undefined` when there is none. */
  find(name: string): Room | undefined {
    return this.#open.get(name)
  }

  /** Every open room, oldest first. */
  all(): readonly Room[] {
    return [...this.#open.values()]
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
      onClosed: () => this.#open.delete(name),
    })
    this.#open.set(name, room)
    return room
  }
}
