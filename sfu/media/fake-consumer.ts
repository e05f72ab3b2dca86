import { randomUUID } from 'node:crypto'
import type { types } from 'mediasoup'
import { getConsumerRtpParameters, validateAndNormalizeRtpCapabilities } from 'mediasoup/ortc'
import { MediaError } from './errors.ts'
import type { FakeProducer } from './fake-producer.ts'
import { Listeners } from './listeners.ts'
import type { ConsumeOptions, ConsumerEvent, ConsumerMedia, LinkStats } from './media-plane.ts'

/** A consumer of `FakeTransport`. */
export class FakeConsumer implements ConsumerMedia {
  readonly id = randomUUID()
  readonly producerId: string
  readonly kind: types.MediaKind
  readonly rtpParameters: types.RtpParameters
  readonly #events = new Listeners<ConsumerEvent>()
  paused = true
  closed = false
  /** The last layers preferred; `undefined` for the best. */
  preferredLayers: types.ConsumerLayers | undefined
  /** What `score()` tells. */
  currentScore = 10

  /** What `stats()` tells. */
  currentStats: LinkStats = {
    packets: 0,
    bytes: 0,
    bitsPerSecond: 0,
    lossPercent: undefined,
    jitterMs: undefined,
    rttMs: undefined,
  }
  /** How often `stats()` was asked. */
  asked = 0

  /** Throws, as mediasoup does, when the client cannot receive the producer. */
  constructor(producer: FakeProducer, { rtpCapabilities, mid }: ConsumeOptions) {
    const remoteRtpCapabilities = structuredClone(rtpCapabilities)
    validateAndNormalizeRtpCapabilities(remoteRtpCapabilities)
    this.producerId = producer.id
    this.kind = producer.kind
    this.rtpParameters = {
      ...getConsumerRtpParameters({
        consumableRtpParameters: producer.consumable,
        remoteRtpCapabilities,
        pipe: false,
        enableRtx: true,
      }),
      mid,
    }
  }

  score(): number {
    return this.currentScore
  }

  async stats(): Promise<LinkStats> {
    if (this.closed) throw new MediaError('MEDIA_CLOSED', 'the consumer is closed')
    this.asked += 1
    return this.currentStats
  }

  async resume(): Promise<void> {
    this.paused = false
  }

  async pause(): Promise<void> {
    this.paused = true
  }

  async preferLayers(layers: types.ConsumerLayers | undefined): Promise<void> {
    this.preferredLayers = layers
  }

  onEvent(listener: (event: ConsumerEvent) => void): void {
    this.#events.add(listener)
  }

  /** Tells the listeners an event. */
  emit(event: ConsumerEvent): void {
    this.#events.emit(event)
  }

  close(): void {
    this.closed = true
  }
}
