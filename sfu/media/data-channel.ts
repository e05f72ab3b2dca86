import { encodeAck, encodeOpen, ppid } from './dcep.ts'
import type { DataSendResult } from './media-plane.ts'

/** The part of mediasoup's DataConsumer that a channel uses. */
export type DataSender = { send(message: Buffer, ppid: number): Promise<number> }

/** Bytes a reliable channel may owe its receiver. */
const maxOwedBytes = 1024 * 1024
/** Bytes handed to the worker ahead of the network; the rest of what is owed waits here. */
const windowBytes = 256 * 1024
/** Longest message (mediasoup's default, and what our descriptions announce). */
const maxMessageBytes = 262_144

/**
 * One data channel of a transport: the sending side of one SCTP stream. A reliable one queues, and a lossy
 * one drops, when the receiver is slow.
 */
export class DataChannel {
  readonly label: string
  readonly reliable: boolean
  #sender: DataSender | undefined
  readonly #queue: Buffer[] = []
  #queuedBytes = 0
  /** Sent to the worker, its reply not yet here. */
  #inFlightBytes = 0
  /** Waiting in the worker, as it last told. */
  #bufferedBytes = 0
  #hasLost = false

  constructor(options: Readonly<{ label: string; reliable: boolean }>) {
    this.label = options.label
    this.reliable = options.reliable
  }

  /** Gives the channel its stream and sends what was queued; a stream is given once. */
  attach(sender: DataSender): void {
    this.#sender = sender
    this.#flush()
  }

  /** Learns that the worker's buffer for the stream has run low. */
  handleDrained(bufferedBytes: number): void {
    this.#bufferedBytes = bufferedBytes
    this.#flush()
  }

  /** Asks the client to open the channel; the message may be lost. */
  async sendOpen(sender: DataSender): Promise<void> {
    await sender.send(Buffer.from(encodeOpen(this)), ppid.dcep)
  }

  /** Tells the client that the channel it opened is open here too. */
  async sendAck(sender: DataSender): Promise<void> {
    await sender.send(Buffer.from(encodeAck()), ppid.dcep)
  }

  send(bytes: Uint8Array): DataSendResult {
    if (bytes.length > maxMessageBytes) return 'dropped'
    const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return this.reliable ? this.#sendReliable(message) : this.#sendLossy(message)
  }

  #sendReliable(message: Buffer): DataSendResult {
    const owed = this.#queuedBytes + this.#inFlightBytes + this.#bufferedBytes + message.length
    if (this.#hasLost || owed > maxOwedBytes) return 'overflow'
    this.#queue.push(message)
    this.#queuedBytes += message.length
    this.#flush()
    return this.#queue.length === 0 ? 'sent' : 'queued'
  }

  #sendLossy(message: Buffer): DataSendResult {
    if (!this.#sender || this.#inFlightBytes + message.length > windowBytes) return 'dropped'
    this.#post(this.#sender, message)
    return 'sent'
  }

  #flush(): void {
    while (this.#sender && this.#inFlightBytes + this.#bufferedBytes < windowBytes) {
      const message = this.#queue.shift()
      if (!message) return
      this.#queuedBytes -= message.length
      this.#post(this.#sender, message)
    }
  }

  #post(sender: DataSender, message: Buffer): void {
    this.#inFlightBytes += message.length
    sender.send(message, message.length === 0 ? ppid.binaryEmpty : ppid.binary).then(
      (bufferedBytes) => {
        this.#inFlightBytes -= message.length
        this.#bufferedBytes = bufferedBytes
        this.#flush()
      },
      // The worker's buffer is full or the transport closed: on a reliable channel, a hole.
      () => {
        this.#inFlightBytes -= message.length
        this.#hasLost = true
      },
    )
  }
}
