import type { types } from 'mediasoup'
import { canConsume } from 'mediasoup/ortc'
import { routerRtpCapabilities } from './codecs.ts'
import { MediaError } from './errors.ts'
import type { FakeProducer } from './fake-producer.ts'
import { FakeTransport } from './fake-transport.ts'
import { Listeners } from './listeners.ts'
import type { RoomMedia, RoomMediaEvent, TransportOptions } from './media-plane.ts'

/** A room of `FakeMediaPlane`. */
export class FakeRoom implements RoomMedia {
  readonly name: string
  readonly workerPid = 1
  readonly rtpCapabilities = routerRtpCapabilities
  /** Every transport opened, closed ones too. */
  readonly transports: FakeTransport[] = []
  readonly #events = new Listeners<RoomMediaEvent>()
  closed = false

  constructor(name: string) {
    this.name = name
  }

  async openTransport({ direction }: TransportOptions): Promise<FakeTransport> {
    if (this.closed) throw new MediaError('MEDIA_CLOSED', 'the room is closed')
    const transport = new FakeTransport(direction, this)
    this.transports.push(transport)
    return transport
  }

  canConsume(producerId: string, capabilities: types.RtpCapabilities): boolean {
    const producer = this.findProducer(producerId)
    return producer !== undefined && canConsume(producer.consumable, structuredClone(capabilities))
  }

  /** The open producer with that id, on whichever transport. */
  findProducer(producerId: string): FakeProducer | undefined {
    const producers = this.transports.flatMap((transport) => transport.producers)
    return producers.find(({ id, closed }) => id === producerId && !closed)
  }

  onEvent(listener: (event: RoomMediaEvent) => void): void {
    this.#events.add(listener)
  }

  /** Tells the listeners an event, such as audio levels. */
  emit(event: RoomMediaEvent): void {
    this.#events.emit(event)
  }

  /** Ends the room as its worker's death does. */
  die(): void {
    if (this.closed) return
    this.close()
    this.emit({ type: 'mediaWorkerDied' })
  }

  close(): void {
    this.closed = true
    for (const transport of this.transports) transport.close()
  }
}
