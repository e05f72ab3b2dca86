import { randomBytes, randomUUID } from 'node:crypto'
import type { types } from 'mediasoup'
import { MediaError, requestError } from './errors.ts'
import { FakeConsumer } from './fake-consumer.ts'
import { FakeProducer } from './fake-producer.ts'
import type { FakeRoom } from './fake-room.ts'
import { Listeners } from './listeners.ts'
import type {
  ConsumeOptions,
  DataChannelOptions,
  DataSendResult,
  ProduceOptions,
  TransportDescription,
  TransportEvent,
  TransportMedia,
  TransportOptions,
  TransportStats,
} from './media-plane.ts'

/** A transport of `FakeRoom`: `emit` plays the client. */
export class FakeTransport implements TransportMedia {
  readonly id = randomUUID()
  readonly direction: TransportOptions['direction']
  /** Every producer and consumer made, closed ones too. */
  readonly producers: FakeProducer[] = []
  readonly consumers: FakeConsumer[] = []
  /** Channels that our side opened. */
  readonly openedChannels: DataChannelOptions[] = []
  /** Messages that our side sent. */
  readonly sentData: { label: string; bytes: Uint8Array }[] = []
  /** What the client told to connect; `undefined` before it did. */
  connectedWith: types.DtlsParameters | undefined
  /** What `sendData` answers for a channel that is open. */
  sendResult: DataSendResult = 'sent'
  /** The ICE pair that `stats()` tells. */
  tuple: TransportStats['tuple']
  readonly #room: FakeRoom
  readonly #events = new Listeners<TransportEvent>()
  readonly #labels = new Set<string>()
  #iceParameters = newIceParameters()
  closed = false

  constructor(direction: TransportOptions['direction'], room: FakeRoom) {
    this.direction = direction
    this.#room = room
  }

  get description(): TransportDescription {
    const iceParameters = this.#iceParameters
    return { iceParameters, iceCandidates: [candidate], dtlsParameters, sctpParameters }
  }

  async connect(dtls: types.DtlsParameters): Promise<void> {
    this.#assertOpen()
    if (this.connectedWith) throw new MediaError('MEDIA_REFUSED', 'connect() was called before')
    this.connectedWith = dtls
  }

  async restartIce(): Promise<types.IceParameters> {
    this.#assertOpen()
    this.#iceParameters = newIceParameters()
    return this.#iceParameters
  }

  async produce(options: ProduceOptions): Promise<FakeProducer> {
    this.#assertOpen()
    const isTaken = ({ closed, options: other }: FakeProducer) =>
      !closed && other.rtpParameters.mid === options.rtpParameters.mid
    if (this.producers.some(isTaken)) throw new MediaError('MEDIA_REFUSED', 'the mid is taken')
    const onClose = () => {
      for (const transport of this.#room.transports) transport.dropConsumersOf(producer.id)
    }
    const producer = this.#orRefuse('produce', () => new FakeProducer(options, onClose))
    this.producers.push(producer)
    return producer
  }

  async consume(options: ConsumeOptions): Promise<FakeConsumer> {
    this.#assertOpen()
    const source = this.#room.findProducer(options.producerId)
    if (!source) throw new MediaError('MEDIA_REFUSED', `no producer ${options.producerId}`)
    const consumer = this.#orRefuse('consume', () => new FakeConsumer(source, options))
    this.consumers.push(consumer)
    return consumer
  }

  /** Opens at once: the client of this transport acknowledges everything. */
  async openDataChannel(options: DataChannelOptions): Promise<void> {
    if (this.closed) return
    this.openedChannels.push(options)
    this.#labels.add(options.label)
  }

  sendData(label: string, bytes: Uint8Array): DataSendResult {
    if (this.closed || !this.#labels.has(label)) return 'notOpen'
    if (this.sendResult === 'sent' || this.sendResult === 'queued') {
      this.sentData.push({ label, bytes })
    }
    return this.sendResult
  }

  onEvent(listener: (event: TransportEvent) => void): void {
    this.#events.add(listener)
  }

  /** Tells the listeners an event: what the client does. */
  emit(event: TransportEvent): void {
    if (event.type === 'dataChannelOpened') this.#labels.add(event.label)
    this.#events.emit(event)
  }

  async stats(): Promise<TransportStats> {
    this.#assertOpen()
    return {
      tuple: this.tuple,
      receivedBytes: 0,
      sentBytes: 0,
      receivedBitsPerSecond: 0,
      sentBitsPerSecond: 0,
    }
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    for (const producer of this.producers) producer.close()
    for (const consumer of this.consumers) consumer.close()
  }

  /** Closes what consumes a producer that is gone, and says so. */
  dropConsumersOf(producerId: string): void {
    for (const consumer of this.consumers) {
      if (consumer.producerId !== producerId || consumer.closed) continue
      consumer.close()
      consumer.emit({ type: 'producerClosed' })
    }
  }

  #assertOpen(): void {
    if (this.closed) throw new MediaError('MEDIA_CLOSED', 'the transport is closed')
  }

  #orRefuse<T>(what: string, create: () => T): T {
    try {
      return create()
    } catch (error) {
      throw requestError(error, what, false)
    }
  }
}

const candidate: types.IceCandidate = {
  foundation: 'udpcandidate',
  priority: 1_076_558_079,
  ip: '192.0.2.1',
  address: '192.0.2.1',
  protocol: 'udp',
  port: 8443,
  type: 'host',
}

const dtlsParameters: types.DtlsParameters = {
  role: 'auto',
  fingerprints: [{ algorithm: 'sha-256', value: Array(32).fill('FA').join(':') }],
}

const sctpParameters: types.SctpParameters = {
  port: 5000,
  maxSendMessageSize: 262_144,
  maxReceiveMessageSize: 262_144,
  sendBufferSize: 2_000_000,
  perStreamSendQueueLimit: 2_000_000,
  maxReceiverWindowBufferSize: 5_242_880,
  isDataChannel: true,
  OS: 65_535,
  MIS: 65_535,
  maxMessageSize: 262_144,
}

function newIceParameters(): types.IceParameters {
  const word = (bytes: number) => randomBytes(bytes).toString('hex')
  return { usernameFragment: word(8), password: word(16), iceLite: true }
}
