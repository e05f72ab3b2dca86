import type { types } from 'mediasoup'
import { requestError } from './errors.ts'
import { toConsumerStats } from './link-stats.ts'
import { Listeners } from './listeners.ts'
import type { ConsumerEvent, ConsumerMedia, LinkStats } from './media-plane.ts'

/** More layers than any stream has: mediasoup takes the highest there are. */
const allLayers: types.ConsumerLayers = { spatialLayer: 9, temporalLayer: 9 }

/** A track as one participant receives it. */
export class MediasoupConsumer implements ConsumerMedia {
  readonly #consumer: types.Consumer
  readonly #events = new Listeners<ConsumerEvent>()

  constructor(consumer: types.Consumer) {
    this.#consumer = consumer
    consumer.on('producerclose', () => this.#events.emit({ type: 'producerClosed' }))
    consumer.on('layerschange', (layers) => this.#events.emit({ type: 'layersChanged', layers }))
  }

  get id(): string {
    return this.#consumer.id
  }

  get producerId(): string {
    return this.#consumer.producerId
  }

  get kind(): types.MediaKind {
    return this.#consumer.kind
  }

  get rtpParameters(): types.RtpParameters {
    return this.#consumer.rtpParameters
  }

  get paused(): boolean {
    return this.#consumer.paused
  }

  get closed(): boolean {
    return this.#consumer.closed
  }

  score(): number {
    return this.#consumer.score.score
  }

  async stats(): Promise<LinkStats> {
    const stats = await this.#ask('read statistics of', this.#consumer.getStats())
    return toConsumerStats(stats, this.rtpParameters.codecs[0]?.clockRate ?? 0)
  }

  async pause(): Promise<void> {
    await this.#ask('pause', this.#consumer.pause())
  }

  async resume(): Promise<void> {
    await this.#ask('resume', this.#consumer.resume())
  }

  async preferLayers(layers: types.ConsumerLayers | undefined): Promise<void> {
    await this.#ask('prefer layers of', this.#consumer.setPreferredLayers(layers ?? allLayers))
  }

  onEvent(listener: (event: ConsumerEvent) => void): void {
    this.#events.add(listener)
  }

  close(): void {
    this.#consumer.close()
  }

  async #ask<T>(what: string, request: Promise<T>): Promise<T> {
    try {
      return await request
    } catch (error) {
      throw requestError(error, `${what} consumer`, this.closed)
    }
  }
}
