import type { types } from 'mediasoup'
import { encodeAnswer } from '../../sdp/encode-answer.ts'
import { encodeOffer } from '../../sdp/encode-offer.ts'
import { parseAnswer, parseOffer } from '../../sdp/parse-description.ts'
import { receiveCapabilities, rtpParametersFor } from '../../sdp/rtp-parameters.ts'
import { must } from '../../sdp/test/recorded.ts'
import type { OfferSlot, SectionAnswer } from '../../sdp/types.ts'
import { routerRtpCapabilities } from '../codecs.ts'
import type {
  ConsumerMedia,
  ProducerMedia,
  TransportDescription,
  TransportEvent,
  TransportMedia,
} from '../media-plane.ts'
import type { BrowserPeer } from './browser-peer.ts'

/** Which of the transport's candidates the browser is told. */
export type Protocol = 'udp' | 'tcp'

/** The SSRC under which a client receives the track. */
export function ssrcOf({ rtpParameters }: ConsumerMedia): number {
  return rtpParameters.encodings?.[0]?.ssrc ?? 0
}

/** Resolves with the transport's next event that fits. */
export function nextEvent(
  transport: TransportMedia,
  fits: (event: TransportEvent) => boolean,
): Promise<TransportEvent> {
  const { promise, resolve } = Promise.withResolvers<TransportEvent>()
  transport.onEvent((event) => {
    if (fits(event)) resolve(event)
  })
  return promise
}

/** Negotiates a browser's publishing connection: it offers, we answer. */
export class Publisher {
  readonly producers = new Map<string, ProducerMedia>()
  readonly transport: TransportMedia
  readonly #peer: BrowserPeer
  readonly #protocol: Protocol
  readonly #answers = new Map<string, SectionAnswer>()
  #version = 0

  constructor(options: {
    peer: BrowserPeer
    transport: TransportMedia
    protocol: Protocol
  }) {
    this.#peer = options.peer
    this.transport = options.transport
    this.#protocol = options.protocol
  }

  /** What is produced in the section. */
  producerOf(mid: string): ProducerMedia {
    const producer = this.producers.get(mid)
    if (!producer) throw new Error(`nothing is produced in section ${mid}`)
    return producer
  }

  async negotiate(options: { iceRestart?: boolean } = {}): Promise<void> {
    const offer = must(parseOffer(await this.#peer.call<string>('offer', options)))
    for (const section of offer.sections) {
      const { kind, mid, direction } = section
      if (kind === 'application') continue
      if (direction === 'inactive' || direction === 'recvonly') {
        this.producers.get(mid)?.close()
        this.#answers.set(mid, { accept: 'inactive' })
      } else if (!this.producers.has(mid)) {
        const rtpParameters = must(
          rtpParametersFor(section, {
            cname: 'alice',
            codec: 'video/VP8',
            routerCapabilities: routerRtpCapabilities,
          }),
        )
        // Every second tone in stereo: the answers of two sections may differ.
        const opus = { dtx: this.producers.size === 0, stereo: this.producers.size > 0 }
        this.#answers.set(mid, { accept: 'receive', rtpParameters, opus })
        this.producers.set(
          mid,
          await this.transport.produce({ kind, rtpParameters, paused: false }),
        )
      }
    }
    if (this.#version === 0) await this.transport.connect(offer.dtlsParameters)
    if (options.iceRestart) await this.transport.restartIce()
    this.#version += 1
    const transport = reachableBy(this.#protocol, this.transport.description)
    const answers = this.#answers
    await this.#peer.call(
      'accept',
      encodeAnswer({ offer, transport, answers, version: this.#version }),
    )
  }
}

/** Negotiates a browser's subscribing connection: we offer, it answers. */
export class Subscriber {
  readonly transport: TransportMedia
  readonly #peer: BrowserPeer
  readonly #protocol: Protocol
  readonly #slots: OfferSlot[] = []
  #version = 0

  constructor(options: { peer: BrowserPeer; transport: TransportMedia; protocol: Protocol }) {
    this.#peer = options.peer
    this.transport = options.transport
    this.#protocol = options.protocol
  }

  /** Consumes into the slot with that mid, which is made when there is none; call `negotiate` next. */
  async consume(producer: ProducerMedia, mid: string, trackId: string): Promise<ConsumerMedia> {
    const rtpCapabilities: types.RtpCapabilities = receiveCapabilities([])
    const consumer = await this.transport.consume({ producerId: producer.id, rtpCapabilities, mid })
    const { kind, rtpParameters } = consumer
    const sending = { rtpParameters, streamId: `PA_alice|${trackId}`, trackId }
    this.#setSlot({ mid, kind, sending })
    return consumer
  }

  idle(mid: string, kind: types.MediaKind): void {
    this.#setSlot({ mid, kind, sending: undefined })
  }

  async negotiate(): Promise<void> {
    this.#version += 1
    const transport = reachableBy(this.#protocol, this.transport.description)
    const version = this.#version
    const offer = encodeOffer({ transport, slots: this.#slots, version, dataMid: 'data' })
    const answer = must(parseAnswer(await this.#peer.call<string>('answer', offer)))
    if (version === 1) await this.transport.connect(answer.dtlsParameters)
  }

  #setSlot(slot: OfferSlot): void {
    const index = this.#slots.findIndex(({ mid }) => mid === slot.mid)
    if (index < 0) this.#slots.push(slot)
    else this.#slots[index] = slot
  }
}

function reachableBy(protocol: Protocol, description: TransportDescription): TransportDescription {
  const iceCandidates = description.iceCandidates.filter((one) => one.protocol === protocol)
  return { ...description, iceCandidates }
}
