import type { types } from 'mediasoup'
import { mediaCodecs } from './codecs.ts'
import { requestError } from './errors.ts'
import { Listeners } from './listeners.ts'
import type { MediaLog } from './media-log.ts'
import type { RoomMedia, RoomMediaEvent, TransportMedia, TransportOptions } from './media-plane.ts'
import { MediasoupTransport, type TransportRoom } from './transport-media.ts'

const audioLevelIntervalMs = 400
/** Quieter than this is silence; who counts as speaking is the room's to decide. */
const silenceDbov = -50
const maxAudioLevels = 50
/** Seconds without a consent check of the client until ICE is given up (RFC 7675 §5.1 says 30 at most). */
const iceConsentTimeoutSeconds = 25
/** Where bandwidth estimation begins for a subscriber. */
const initialBitsPerSecond = 1_000_000
/** The worker tells when less than this waits in a data channel's buffer. */
const lowBufferBytes = 64 * 1024

/** What a room is built on: one worker's router and port. */
export type RoomWorker = Readonly<{
  worker: types.Worker
  webRtcServer: types.WebRtcServer
  /** Ports told to clients in place of the real one, by announced address. */
  announcedPorts: ReadonlyMap<string, number>
  log: MediaLog
}>

/** A room's media: one router of one worker. */
export class MediasoupRoom implements RoomMedia {
  readonly workerPid: number
  readonly #router: types.Router
  readonly #webRtcServer: types.WebRtcServer
  readonly #parts: TransportRoom
  readonly #events = new Listeners<RoomMediaEvent>()

  private constructor(
    router: types.Router,
    { worker, webRtcServer }: Pick<RoomWorker, 'worker' | 'webRtcServer'>,
    parts: TransportRoom,
  ) {
    this.workerPid = worker.pid
    this.#router = router
    this.#webRtcServer = webRtcServer
    this.#parts = parts
    router.on('workerclose', () => this.#events.emit({ type: 'mediaWorkerDied' }))
    parts.audioLevels.on('volumes', (volumes) => this.#tellLevels(volumes))
    parts.audioLevels.on('silence', () => this.#tellLevels([]))
  }

  static async open({
    worker,
    webRtcServer,
    announcedPorts,
    log,
  }: RoomWorker): Promise<MediasoupRoom> {
    try {
      const router = await worker.createRouter({ mediaCodecs: structuredClone([...mediaCodecs]) })
      const [audioLevels, directTransport] = await Promise.all([
        router.createAudioLevelObserver({
          interval: audioLevelIntervalMs,
          threshold: silenceDbov,
          maxEntries: maxAudioLevels,
        }),
        router.createDirectTransport(),
      ])
      const { id: silentProducerId } = await directTransport.produceData()
      const relay = { directTransport, silentProducerId }
      const parts = { relay, audioLevels, announcedPorts, log }
      return new MediasoupRoom(router, { worker, webRtcServer }, parts)
    } catch (error) {
      throw requestError(error, 'open room', worker.closed)
    }
  }

  get rtpCapabilities(): types.RtpCapabilities {
    return this.#router.rtpCapabilities
  }

  get closed(): boolean {
    return this.#router.closed
  }

  async openTransport({ direction }: TransportOptions): Promise<TransportMedia> {
    try {
      const transport = await this.#router.createWebRtcTransport({
        webRtcServer: this.#webRtcServer,
        enableUdp: true,
        enableTcp: true,
        preferUdp: true,
        iceConsentTimeout: iceConsentTimeoutSeconds,
        enableSctp: true,
        sctpDefaultStreamBufferedAmountLowThreshold: lowBufferBytes,
        ...(direction === 'receive'
          ? { initialAvailableOutgoingBitrate: initialBitsPerSecond }
          : {}),
      })
      return new MediasoupTransport(transport, this.#parts)
    } catch (error) {
      throw requestError(error, 'open transport', this.closed)
    }
  }

  canConsume(producerId: string, rtpCapabilities: types.RtpCapabilities): boolean {
    return !this.closed && this.#router.canConsume({ producerId, rtpCapabilities })
  }

  onEvent(listener: (event: RoomMediaEvent) => void): void {
    this.#events.add(listener)
  }

  /** Calls `listener` once, when the room is closed or its worker gone; at once when it already is. */
  whenClosed(listener: () => void): void {
    if (this.closed) listener()
    else this.#router.observer.on('close', listener)
  }

  close(): void {
    this.#router.close()
  }

  #tellLevels(volumes: readonly types.AudioLevelObserverVolume[]): void {
    const levels = volumes.map(({ producer, volume }) => ({
      producerId: producer.id,
      dBov: volume,
    }))
    this.#events.emit({ type: 'audioLevels', levels })
  }
}
