import { setLogEventListeners } from 'mediasoup'
import type { MediaLog } from './media-log.ts'
import type { MediaPlane, MediaPlaneStats, RoomMedia } from './media-plane.ts'
import { announcedPorts, type MediaPorts } from './media-worker.ts'
import { MediaWorkers, type MediaWorkersOptions } from './media-workers.ts'
import { MediasoupRoom } from './room-media.ts'

/** The options of the workers that the media plane runs on. */
export type MediaPlaneOptions = MediaWorkersOptions

/** Creates the media plane on mediasoup; nothing runs until `start()`. */
export function createMediaPlane(options: MediaPlaneOptions): MediaPlane & {
  /** The ports that each worker is bound to. */
  listening(): readonly MediaPorts[]
} {
  return new MediasoupPlane(options)
}

class MediasoupPlane implements MediaPlane {
  readonly #log: MediaLog
  readonly #workers: MediaWorkers
  readonly #rooms = new Set<RoomMedia>()
  readonly #announcedPorts: ReadonlyMap<string, number>
  #isClosing = false

  constructor(options: MediaPlaneOptions) {
    this.#log = options.log
    this.#announcedPorts = announcedPorts(options.listen)
    this.#workers = new MediaWorkers(options)
  }

  async start(): Promise<void> {
    forwardMediasoupLog(this.#log, () => this.#isClosing)
    await this.#workers.start()
  }

  async openRoom(roomName: string): Promise<RoomMedia> {
    const { worker, release } = await this.#workers.take()
    try {
      const room = await MediasoupRoom.open({
        ...worker,
        announcedPorts: this.#announcedPorts,
        log: this.#log,
      })
      this.#rooms.add(room)
      room.whenClosed(() => {
        release()
        this.#rooms.delete(room)
      })
      this.#log.info({ room: roomName, pid: worker.worker.pid }, 'room opened')
      return room
    } catch (error) {
      release()
      throw error
    }
  }

  listening(): readonly MediaPorts[] {
    return this.#workers.listening()
  }

  stats(): MediaPlaneStats {
    return this.#workers.stats()
  }

  async close(): Promise<void> {
    this.#isClosing = true
    for (const room of this.#rooms) room.close()
    await this.#workers.close()
  }
}

/**
 * mediasoup has one log for the process; a listener of ours that throws is told there too. What workers that
 * are told to end say about their closed pipe is no error.
 */
function forwardMediasoupLog(log: MediaLog, isClosing: () => boolean): void {
  setLogEventListeners({
    onwarn: (namespace, message) => log.warn({ namespace }, message),
    onerror: (namespace, message, error) => {
      const fields = { namespace, ...(error ? { error: error.stack } : {}) }
      if (isClosing()) log.info(fields, message)
      else log.error(fields, message)
    },
  })
}
