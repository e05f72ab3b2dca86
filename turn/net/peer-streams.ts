import type { Socket } from 'node:net'
import type { FiveTuple } from '../protocol/transport-address.ts'
import type { ConnectionId, PeerConnectionNews, StreamWay } from '../server/peer-connection-io.ts'
import { JoinedStreams, type TakenStream } from './joined-streams.ts'

/** What TCP connections with peers need and tell. */
export type PeerStreamsEvents = Readonly<{
  onNews: (news: PeerConnectionNews) => void
  /** The client's stream, which is nobody else's from then on; undefined when the client has hung up. */
  takeStream: (client: FiveTuple) => TakenStream | undefined
}>

type Entry = { readonly socket: Socket; joined: JoinedStreams | undefined }

/** The TCP connections with peers, by id. Before one is joined nothing is read from it: what the peer sends waits in the kernel, which lets it send so much and no more. */
export class PeerStreams {
  readonly #events: PeerStreamsEvents
  readonly #entries = new Map<ConnectionId, Entry>()

  constructor(events: PeerStreamsEvents) {
    this.#events = events
  }

  /** Takes in a connection that is there or under way; tells when it ends. */
  add(id: ConnectionId, socket: Socket): void {
    this.#entries.set(id, { socket, joined: undefined })
    socket.on('error', () => socket.destroy())
    socket.once('close', () => {
      if (!this.#entries.get(id)?.joined) this.#tellClosed(id)
    })
  }

  /** Makes the client's stream and the peer's one; ends the peer's when there is no client any more. */
  join(id: ConnectionId, client: FiveTuple): void {
    const entry = this.#entries.get(id)
    if (!entry) return
    const taken = this.#events.takeStream(client)
    if (!taken || entry.socket.destroyed) {
      taken?.stream.destroy()
      entry.socket.destroy()
      return
    }
    entry.joined = new JoinedStreams(taken, entry.socket, {
      onRelayed: (way, bytes) =>
        this.#events.onNews({ name: 'relayed', connection: id, way, bytes }),
      onClosed: () => this.#tellClosed(id),
    })
    entry.joined.start()
  }

  /** Reads nothing more that goes one way. */
  pause(id: ConnectionId, way: StreamWay): void {
    this.#entries.get(id)?.joined?.pause(way)
  }

  /** Reads on. */
  resume(id: ConnectionId, way: StreamWay): void {
    this.#entries.get(id)?.joined?.resume(way)
  }

  /** Hangs up, without telling. */
  close(id: ConnectionId): void {
    const entry = this.#entries.get(id)
    this.#entries.delete(id)
    entry?.socket.destroy()
    entry?.joined?.destroy()
  }

  /** Hangs up on everybody. */
  closeAll(): void {
    for (const id of [...this.#entries.keys()]) this.close(id)
  }

  #tellClosed(connection: ConnectionId): void {
    if (this.#entries.delete(connection)) this.#events.onNews({ name: 'closed', connection })
  }
}
