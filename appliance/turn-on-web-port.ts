import type { Server } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { type TurnEngine, turnAlpn } from '#turn'
import { Undecided } from './first-bytes.ts'

/** What takes the streams of TURN clients. */
export type TurnDoor = Pick<TurnEngine, 'acceptStream'>

/** The magic cookie of STUN and where it stands (RFC 8489 §5). */
const cookie = Buffer.of(0x21, 0x12, 0xa4, 0x42)
const cookieAt = 4

/**
 * Lets TURN clients in at an HTTPS port: by the name they give in the handshake, and as most give none, by the first
 * bytes. HTTP gets its connections as if nobody had looked.
 */
export class TurnOnWebPort {
  readonly #turn: TurnDoor
  readonly #serveHttp: (socket: TLSSocket) => void
  readonly #streams = new Set<TLSSocket>()
  readonly #undecided: Undecided

  /** `firstBytesMs`: how long a client may keep silent of which nobody knows what it wants. */
  constructor(server: Server, turn: TurnDoor, firstBytesMs: number) {
    this.#turn = turn
    this.#undecided = new Undecided(firstBytesMs)
    const listeners = server.listeners('secureConnection')
    this.#serveHttp = (socket) => {
      for (const listener of listeners) Reflect.apply(listener, server, [socket])
    }
    server.removeAllListeners('secureConnection')
    server.on('secureConnection', (socket) => this.#accept(socket))
  }

  /** How many TURN clients are connected. */
  get size(): number {
    return this.#streams.size
  }

  /** Hangs up on who has not said what it wants. */
  cutUndecided(): void {
    this.#undecided.cut()
  }

  /** Hangs up on all TURN clients. */
  cut(): void {
    for (const socket of this.#streams) socket.destroy()
  }

  #accept(socket: TLSSocket): void {
    if (socket.alpnProtocol === turnAlpn) this.#serveTurn(socket)
    else if (socket.alpnProtocol) this.#serveHttp(socket)
    else this.#awaitFirstBytes(socket)
  }

  #awaitFirstBytes(socket: TLSSocket): void {
    this.#undecided.await(
      socket,
      (received) => () => (isTurn(received) ? this.#serveTurn(socket) : this.#serveHttp(socket)),
    )
  }

  #serveTurn(socket: TLSSocket): void {
    const { remoteAddress, remotePort, localAddress, localPort } = socket
    // It may have hung up already.
    if (!remoteAddress || !remotePort || !localAddress || !localPort) {
      socket.on('error', () => socket.destroy())
      socket.destroy()
      return
    }
    this.#streams.add(socket)
    socket.once('close', () => this.#streams.delete(socket))
    this.#turn.acceptStream(socket, {
      client: { ip: remoteAddress, port: remotePort },
      server: { ip: localAddress, port: localPort },
    })
  }
}

/** STUN begins with two zero bits (RFC 7983 §7), no line of HTTP does; the cookie counts as far as it has come. */
function isTurn(bytes: Buffer): boolean {
  const [first = 0xff] = bytes
  const come = bytes.subarray(cookieAt, cookieAt + cookie.length)
  return first <= 3 && come.equals(cookie.subarray(0, come.length))
}
