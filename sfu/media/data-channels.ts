import type { types } from 'mediasoup'
import { DataChannel, type DataSender } from './data-channel.ts'
import { lossyLifetimeMs, type OpenMessage, parseDcep, ppid } from './dcep.ts'
import type { Listeners } from './listeners.ts'
import type { DataChannelOptions, DataSendResult, TransportEvent } from './media-plane.ts'

/** How often an OPEN is repeated: on a lossy stream it may be lost, and nothing else repeats it. */
const openIntervalMs = 300
/** Streams on which a client may open its next channels. */
const streamsAhead = 8
const maxChannels = 64

/** A room's way between its SCTP streams and this process: mediasoup's worker does no DCEP. */
export type DataRelay = Readonly<{
  /** Receives what data producers of the room's transports send. */
  directTransport: types.DirectTransport
  /** A data producer that never sends: what we send goes to its consumers one by one. */
  silentProducerId: string
}>

type Role = 'client' | 'server'

/**
 * The data channels of one transport (RFC 8831, RFC 8832), known by label. mediasoup numbers outgoing streams
 * itself, upwards from 0; so the ones below a wanted number are made too and serve reliable channels later.
 */
export class DataChannels {
  readonly #transport: types.WebRtcTransport
  readonly #relay: DataRelay
  readonly #events: Listeners<TransportEvent>
  readonly #onFailure: (error: unknown) => void
  readonly #outgoing: Promise<DataSender>[] = []
  readonly #byStream = new Map<number, DataChannel>()
  readonly #byLabel = new Map<string, DataChannel>()
  /** Called with each ACK, and at the end, by stream. */
  readonly #acknowledged = new Map<number, () => void>()
  readonly #started = Promise.withResolvers<void>()
  readonly #ready = Promise.withResolvers<void>()
  #nextOwnStream = 0
  #nextClientStream = 0

  /** `onFailure` is told of a client's channel that could not be acknowledged. */
  constructor(options: {
    transport: types.WebRtcTransport
    relay: DataRelay
    events: Listeners<TransportEvent>
    onFailure: (error: unknown) => void
  }) {
    const { transport, relay, events, onFailure } = options
    this.#transport = transport
    this.#relay = relay
    this.#events = events
    this.#onFailure = onFailure
    transport.on('sctpstatechange', (state) => {
      if (state === 'connected') this.#ready.resolve()
    })
    transport.observer.on('close', () => this.#finish())
  }

  /** Listens to the streams on which the client opens channels; to be done before DTLS starts. */
  async start(clientRole: Role): Promise<void> {
    // The DTLS client uses the even streams (RFC 8832 §6).
    this.#nextClientStream = clientRole === 'client' ? 0 : 1
    this.#nextOwnStream = 1 - this.#nextClientStream
    await this.#listenAhead(this.#nextClientStream)
    this.#started.resolve()
  }

  /** Resolves when the client has acknowledged the channel, or the transport has closed. */
  async open(options: DataChannelOptions): Promise<void> {
    try {
      await this.#open(new DataChannel(options))
    } catch (error) {
      if (!this.#transport.closed) throw error
    }
  }

  send(label: string, bytes: Uint8Array): DataSendResult {
    const channel = this.#transport.closed ? undefined : this.#byLabel.get(label)
    return channel?.send(bytes) ?? 'notOpen'
  }

  async #open(channel: DataChannel): Promise<void> {
    await this.#started.promise
    if (this.#transport.closed) return
    const stream = this.#nextOwnStream
    this.#nextOwnStream += 2
    this.#byStream.set(stream, channel)
    const [sender] = await Promise.all([
      this.#outgoingStream(stream, channel.reliable),
      this.#listen(stream),
    ])
    await this.#ready.promise
    if (this.#transport.closed) return
    await this.#openUntilAcknowledged(channel, stream, sender)
    channel.attach(sender)
    this.#byLabel.set(channel.label, channel)
  }

  async #openUntilAcknowledged(
    channel: DataChannel,
    stream: number,
    sender: DataSender,
  ): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#acknowledged.set(stream, resolve)
    // An OPEN that the worker refuses is repeated like one that the network lost.
    const sendOpen = () => channel.sendOpen(sender).catch(() => undefined)
    const timer = setInterval(sendOpen, openIntervalMs)
    sendOpen()
    await promise
    clearInterval(timer)
    this.#acknowledged.delete(stream)
  }

  /** Keeps `streamsAhead` of the client's streams open past the one it used last. */
  async #listenAhead(used: number): Promise<void> {
    const listening: Promise<void>[] = []
    while (this.#nextClientStream < used + 2 * streamsAhead) {
      listening.push(this.#listen(this.#nextClientStream))
      this.#nextClientStream += 2
    }
    await Promise.all(listening)
  }

  async #listen(stream: number): Promise<void> {
    const producer = await this.#transport.produceData({
      sctpStreamParameters: { streamId: stream, ordered: true },
    })
    const consumer = await this.#relay.directTransport.consumeData({
      dataProducerId: producer.id,
    })
    consumer.on('message', (bytes, protocol) => this.#handleMessage(stream, bytes, protocol))
  }

  async #outgoingStream(stream: number, reliable: boolean): Promise<DataSender> {
    for (let next = this.#outgoing.length; next <= stream; next += 1) {
      this.#outgoing.push(this.#createOutgoing(next, reliable || next < stream))
    }
    const senders = await Promise.all(this.#outgoing)
    const sender = senders[stream]
    if (!sender) throw new Error(`no outgoing stream ${stream}`)
    return sender
  }

  async #createOutgoing(stream: number, reliable: boolean): Promise<DataSender> {
    const consumer = await this.#transport.consumeData({
      dataProducerId: this.#relay.silentProducerId,
      // Without a lifetime, mediasoup drops an unordered message at once.
      ...(reliable ? { ordered: true } : { ordered: false, maxPacketLifeTime: lossyLifetimeMs }),
    })
    consumer.on('bufferedamountlow', (bytes) => this.#byStream.get(stream)?.handleDrained(bytes))
    return consumer
  }

  #handleMessage(stream: number, bytes: Buffer, protocol: number): void {
    if (protocol === ppid.dcep) {
      const message = parseDcep(bytes)
      if (message?.type === 'ack') this.#acknowledged.get(stream)?.()
      if (message?.type === 'open') this.#acceptOpen(stream, message)
      return
    }
    const label = this.#byStream.get(stream)?.label
    if (label === undefined) return
    const isEmpty = protocol === ppid.binaryEmpty || protocol === ppid.stringEmpty
    this.#events.emit({ type: 'dataMessage', label, bytes: isEmpty ? bytes.subarray(0, 0) : bytes })
  }

  /**
   * A client's channel: ours to send on as well, on a reliable stream even where the client's is lossy,
   * because the ACK must arrive. A label that is opened again moves to the new stream.
   */
  #acceptOpen(stream: number, { label, ordered, reliable }: OpenMessage): void {
    const before = this.#byStream.get(stream)
    if (before?.label === label || (!before && this.#byStream.size >= maxChannels)) return
    if (before && this.#byLabel.get(before.label) === before) this.#byLabel.delete(before.label)
    const channel = new DataChannel({ label, reliable })
    this.#byStream.set(stream, channel)
    this.#byLabel.set(label, channel)
    this.#acknowledge(channel, stream).catch((error: unknown) => {
      if (!this.#transport.closed) this.#onFailure(error)
    })
    this.#events.emit({ type: 'dataChannelOpened', label, ordered })
  }

  async #acknowledge(channel: DataChannel, stream: number): Promise<void> {
    const [sender] = await Promise.all([
      this.#outgoingStream(stream, true),
      this.#listenAhead(stream),
    ])
    await channel.sendAck(sender)
    channel.attach(sender)
  }

  #finish(): void {
    this.#started.resolve()
    this.#ready.resolve()
    for (const resolve of [...this.#acknowledged.values()]) resolve()
    this.#byLabel.clear()
    this.#byStream.clear()
  }
}
