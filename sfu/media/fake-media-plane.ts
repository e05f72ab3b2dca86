import { MediaError } from './errors.ts'
import { FakeRoom } from './fake-room.ts'
import type { MediaPlane, MediaPlaneStats } from './media-plane.ts'

/**
 * A media plane in memory, for tests of rooms and front doors: it keeps what it was asked, and its parts can
 * be told to emit events. Codec negotiation is mediasoup's own; no media flows.
 */
export class FakeMediaPlane implements MediaPlane {
  /** Every room opened, closed ones too. */
  readonly rooms: FakeRoom[] = []
  #isClosed = false
  #deaths = 0

  async start(): Promise<void> {}

  async openRoom(roomName: string): Promise<FakeRoom> {
    if (this.#isClosed) throw new MediaError('MEDIA_CLOSED', 'the media plane is closed')
    const room = new FakeRoom(roomName)
    this.rooms.push(room)
    return room
  }

  stats(): MediaPlaneStats {
    const rooms = this.rooms.filter(({ closed }) => !closed).length
    return { workers: [{ pid: 1, alive: !this.#isClosed, rooms }], deaths: this.#deaths }
  }

  /** Ends all rooms as a worker's death does. */
  killWorker(): void {
    this.#deaths += 1
    for (const room of this.rooms) room.die()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const room of this.rooms) room.close()
  }
}
