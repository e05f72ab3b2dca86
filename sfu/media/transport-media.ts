import type { types } from 'mediasoup'
import { MediasoupConsumer } from './consumer-media.ts'
import { DataChannels, type DataRelay } from './data-channels.ts'
import { messageOf, requestError } from './errors.ts'
import { Listeners } from './listeners.ts'
import type { MediaLog } from './media-log.ts'
import type {
  ConsumeOptions,
  ConsumerMedia,
  DataChannelOptions,
  DataSendResult,
  ProduceOptions,
  ProducerMedia,
  TransportDescription,
  TransportEvent,
  TransportMedia,
  TransportStats,
} from './media-plane.ts'
import { MediasoupProducer } from './producer-media.ts'

/** Milliseconds between two requests for a key frame; many subscribers may ask at once. */
const keyFrameRequestDelayMs = 500

/** What a transport needs of its room. */
export type TransportRoom = Readonly<{
  relay: DataRelay
  audioLevels: types.AudioLevelObserver
  announcedPorts: ReadonlyMap<string, number>
  log: MediaLog
}>

/** One WebRTC connection of a participant. */
export class MediasoupTransport implements TransportMedia {
  readonly #transport: types.WebRtcTransport
  readonly #room: TransportRoom
  readonly #channels: DataChannels
  readonly #events = new Listeners<TransportEvent>()
  #isConnected = false

  constructor(transport: types.WebRtcTransport, room: TransportRoom) {
    this.#transport = transport
    this.#room = room
    this.#channels = new DataChannels({
      transport,
      relay: room.relay,
      events: this.#events,
      onFailure: (error) =>
        room.log.warn({ error: messageOf(error) }, 'a data channel could not be acknowledged'),
    })
    transport.on('icestatechange', () => this.#handleState())
    transport.on('dtlsstatechange', () => this.#handleState())
  }

  get id(): string {
    return this.#transport.id
  }

  get description(): TransportDescription {
    const { iceParameters, dtlsParameters, sctpParameters } = this.#transport
    const iceCandidates = this.#transport.iceCandidates.map((candidate) => ({
      ...candidate,
      port: this.#room.announcedPorts.get(candidate.address) ?? candidate.port,
    }))
    return { iceParameters, iceCandidates, dtlsParameters, sctpParameters }
  }

  get closed(): boolean {
    return this.#transport.closed
  }

  async connect({ role, fingerprints }: types.DtlsParameters): Promise<void> {
    // A client that leaves the choice is answered `passive`, so it is the DTLS client.
    const clientRole = role === 'server' ? 'server' : 'client'
    await this.#ask('connect', async () => {
      await this.#channels.start(clientRole)
      await this.#transport.connect({ dtlsParameters: { role: clientRole, fingerprints } })
    })
  }

  async restartIce(): Promise<types.IceParameters> {
    return this.#ask('restart ICE', () => this.#transport.restartIce())
  }

  async produce({ kind, rtpParameters, paused }: ProduceOptions): Promise<ProducerMedia> {
    const producer = await this.#ask('produce', () =>
      this.#transport.produce({
        kind,
        rtpParameters,
        paused,
        ...(kind === 'video' ? { keyFrameRequestDelay: keyFrameRequestDelayMs } : {}),
      }),
    )
    if (kind === 'audio') await this.#listenToLevelOf(producer)
    return new MediasoupProducer(producer)
  }

  async consume({ producerId, rtpCapabilities, mid }: ConsumeOptions): Promise<ConsumerMedia> {
    const consumer = await this.#ask('consume', () =>
      this.#transport.consume({
        producerId,
        rtpCapabilities,
        mid,
        paused: true,
        // Also for Opus, where mediasoup would leave lost packets lost.
        enableRtx: true,
      }),
    )
    return new MediasoupConsumer(consumer)
  }

  async openDataChannel(options: DataChannelOptions): Promise<void> {
    await this.#channels.open(options)
  }

  sendData(label: string, bytes: Uint8Array): DataSendResult {
    return this.#channels.send(label, bytes)
  }

  onEvent(listener: (event: TransportEvent) => void): void {
    this.#events.add(listener)
  }

  async stats(): Promise<TransportStats> {
    const [stat] = await this.#ask('read statistics', () => this.#transport.getStats())
    const tuple = stat?.iceSelectedTuple
    return {
      tuple: tuple && {
        protocol: tuple.protocol,
        remoteIp: tuple.remoteIp ?? '',
        remotePort: tuple.remotePort ?? 0,
      },
      receivedBytes: stat?.bytesReceived ?? 0,
      sentBytes: stat?.bytesSent ?? 0,
      receivedBitsPerSecond: stat?.recvBitrate ?? 0,
      sentBitsPerSecond: stat?.sendBitrate ?? 0,
    }
  }

  close(): void {
    this.#transport.close()
  }

  #handleState(): void {
    const { iceState, dtlsState } = this.#transport
    const isIceUp = iceState === 'connected' || iceState === 'completed'
    const isConnected = isIceUp && dtlsState === 'connected'
    if (isConnected === this.#isConnected) return
    this.#isConnected = isConnected
    this.#events.emit(
      isConnected
        ? { type: 'connected' }
        : { type: 'disconnected', reason: `ICE ${iceState}, DTLS ${dtlsState}` },
    )
  }

  async #listenToLevelOf(producer: types.Producer): Promise<void> {
    try {
      await this.#room.audioLevels.addProducer({ producerId: producer.id })
    } catch (error) {
      if (!producer.closed) throw requestError(error, 'listen to the level', this.closed)
    }
  }

  async #ask<T>(what: string, request: () => Promise<T>): Promise<T> {
    try {
      return await request()
    } catch (error) {
      throw requestError(error, `${what} on transport`, this.closed)
    }
  }
}
