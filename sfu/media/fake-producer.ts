import { randomUUID } from 'node:crypto'
import type { types } from 'mediasoup'
import {
  getConsumableRtpParameters,
  getProducerRtpParametersMapping,
  validateAndNormalizeRtpParameters,
} from 'mediasoup/ortc'
import { routerRtpCapabilities } from './codecs.ts'
import { MediaError } from './errors.ts'
import type { ProduceOptions, ProducerMedia, ProducerStats } from './media-plane.ts'

/** A producer of `FakeTransport`. */
export class FakeProducer implements ProducerMedia {
  readonly id = randomUUID()
  readonly kind: types.MediaKind
  /** What was given to `produce`. */
  readonly options: ProduceOptions
  /** What consumers choose from, by mediasoup's rules. */
  readonly consumable: types.RtpParameters
  readonly #onClose: () => void
  paused: boolean
  closed = false
  /** What `score()` tells. */
  currentScore = 10

  /** What `stats()` tells. */
  currentStats: ProducerStats = {
    packets: 0,
    bytes: 0,
    bitsPerSecond: 0,
    lossPercent: undefined,
    jitterMs: undefined,
    rttMs: undefined,
    nacks: 0,
    keyFrameRequests: 0,
  }
  /** How often `stats()` was asked. */
  asked = 0

  /** Throws, as mediasoup does, on parameters that it cannot use. */
  constructor(options: ProduceOptions, onClose: () => void) {
    const parameters = structuredClone(options.rtpParameters)
    validateAndNormalizeRtpParameters(parameters)
    const mapping = getProducerRtpParametersMapping(parameters, routerRtpCapabilities)
    this.consumable = getConsumableRtpParameters(
      options.kind,
      parameters,
      routerRtpCapabilities,
      mapping,
    )
    this.options = options
    this.kind = options.kind
    this.paused = options.paused
    this.#onClose = onClose
  }

  score(): number {
    return this.currentScore
  }

  async stats(): Promise<ProducerStats> {
    if (this.closed) throw new MediaError('MEDIA_CLOSED', 'the producer is closed')
    this.asked += 1
    return this.currentStats
  }

  async pause(): Promise<void> {
    this.paused = true
  }

  async resume(): Promise<void> {
    this.paused = false
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    this.#onClose()
  }
}
