import type { types } from 'mediasoup'
import { requestError } from './errors.ts'
import { toProducerStats } from './link-stats.ts'
import type { ProducerMedia, ProducerStats } from './media-plane.ts'

/** A participant's track as the router receives it. */
export class MediasoupProducer implements ProducerMedia {
  readonly #producer: types.Producer

  constructor(producer: types.Producer) {
    this.#producer = producer
  }

  get id(): string {
    return this.#producer.id
  }

  get kind(): types.MediaKind {
    return this.#producer.kind
  }

  get closed(): boolean {
    return this.#producer.closed
  }

  score(): number {
    const arriving = this.#producer.score.map(({ score }) => score).filter((score) => score > 0)
    return arriving.length === 0 ? 0 : Math.min(...arriving)
  }

  async stats(): Promise<ProducerStats> {
    const stats = await this.#ask('read statistics of', this.#producer.getStats())
    return toProducerStats(stats, this.#producer.rtpParameters.codecs[0]?.clockRate ?? 0)
  }

  async pause(): Promise<void> {
    await this.#ask('pause', this.#producer.pause())
  }

  async resume(): Promise<void> {
    await this.#ask('resume', this.#producer.resume())
  }

  close(): void {
    this.#producer.close()
  }

  async #ask<T>(what: string, request: Promise<T>): Promise<T> {
    try {
      return await request
    } catch (error) {
      throw requestError(error, `${what} producer`, this.closed)
    }
  }
}
