import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import type { StreamWay } from '../server/peer-connection-io.ts'

/** A stream that someone has begun to read, and what of it is left over. */
export type TakenStream = Readonly<{ stream: Duplex; rest: Uint8Array }>

/** What joined streams tell. */
export type JoinedStreamsEvents = Readonly<{
  /** So many bytes went this way. */
  onRelayed: (way: StreamWay, bytes: number) => void
  /** Both have ended. */
  onClosed: () => void
}>

/**
 * A client's stream and a peer's made one. Who ends one way still gets the other; who breaks off ends both. Nothing is
 * read that the other side does not take, so of each way one chunk and one stream's queue are in memory.
 */
export class JoinedStreams {
  readonly #client: Duplex
  readonly #peer: Duplex
  readonly #rest: Uint8Array
  readonly #ways: Readonly<Record<StreamWay, OneWay>>

  constructor(client: TakenStream, peer: Duplex, { onRelayed, onClosed }: JoinedStreamsEvents) {
    this.#client = client.stream
    this.#peer = peer
    const relayed = (way: StreamWay) => (bytes: number) => onRelayed(way, bytes)
    this.#ways = {
      fromClient: new OneWay(client.stream, peer, relayed('fromClient')),
      toClient: new OneWay(peer, client.stream, relayed('toClient')),
    }
    let open = 2
    for (const [stream, other] of [
      [client.stream, peer],
      [peer, client.stream],
    ] as const) {
      stream.allowHalfOpen = true
      stream.on('error', () => stream.destroy())
      stream.once('close', () => {
        if (!stream.readableEnded || !stream.writableFinished) breakOff(other)
        open--
        if (open === 0) onClosed()
      })
    }
    this.#rest = client.rest
  }

  /** Begins to read. */
  start(): void {
    if (this.#rest.length > 0) this.#ways.fromClient.pass(this.#rest)
    for (const way of Object.values(this.#ways)) way.flow()
  }

  /** Reads nothing more that goes this way. */
  pause(way: StreamWay): void {
    this.#ways[way].hold(true)
  }

  /** Reads on. */
  resume(way: StreamWay): void {
    this.#ways[way].hold(false)
  }

  /** Hangs up on both. */
  destroy(): void {
    this.#client.destroy()
    this.#peer.destroy()
  }
}

/** Hangs up so that it does not look like an orderly end, where that can be told. */
function breakOff(stream: Duplex): void {
  if (stream instanceof Socket && !(stream instanceof TLSSocket)) stream.resetAndDestroy()
  else stream.destroy()
}

/** From one stream to the other, as fast as that takes it. */
class OneWay {
  readonly #from: Duplex
  readonly #to: Duplex
  readonly #onBytes: (bytes: number) => void
  #isHeld = false
  #isFull = false

  constructor(from: Duplex, to: Duplex, onBytes: (bytes: number) => void) {
    this.#from = from
    this.#to = to
    this.#onBytes = onBytes
    from.on('data', (chunk: Uint8Array) => this.pass(chunk))
    from.on('end', () => to.end())
    to.on('drain', () => {
      this.#isFull = false
      this.flow()
    })
    from.pause()
  }

  /** Passes a chunk on, and waits when the other side has enough. */
  pass(chunk: Uint8Array): void {
    if (!this.#to.writable) return
    this.#isFull = !this.#to.write(chunk)
    if (this.#isFull) this.flow()
    this.#onBytes(chunk.length)
  }

  hold(isHeld: boolean): void {
    this.#isHeld = isHeld
    this.flow()
  }

  flow(): void {
    if (this.#isHeld || this.#isFull) this.#from.pause()
    else this.#from.resume()
  }
}
