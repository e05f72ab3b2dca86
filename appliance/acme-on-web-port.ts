import type { Server } from 'node:https'
import type { Socket } from 'node:net'
import { createServer, type Server as TlsServer } from 'node:tls'
import { tlsPolicy } from '#turn'
import { Undecided } from './first-bytes.ts'
import type { ChallengeBoard } from './tls/acme/challenge-board.ts'
import { parseClientHello } from './tls/client-hello.ts'

/** The name of ACME's handshake (RFC 8737 §4). */
const ACME_ALPN = 'acme-tls/1'

/** What handshakes are answered with. */
export type HandshakeBoard = Pick<ChallengeBoard, 'certificateFor' | 'expectsHandshakes'>

/**
 * Answers an ACME authority's handshake at an HTTPS port with the certificate of its challenge. While none is pending
 * nobody looks at a connection; while one is, all others get theirs as if nobody had.
 */
export class AcmeOnWebPort {
  readonly #board: HandshakeBoard
  readonly #helloMs: number
  readonly #serveOthers: (socket: Socket) => void
  readonly #undecided: Undecided

  /** `helloMs`: how long a client may take to say what it wants. */
  constructor(server: Server, board: HandshakeBoard, helloMs: number) {
    this.#board = board
    this.#helloMs = helloMs
    this.#undecided = new Undecided(helloMs)
    const listeners = server.listeners('connection')
    this.#serveOthers = (socket) => {
      for (const listener of listeners) Reflect.apply(listener, server, [socket])
    }
    server.removeAllListeners('connection')
    server.on('connection', (socket: Socket) => {
      if (board.expectsHandshakes) this.#awaitHello(socket)
      else this.#serveOthers(socket)
    })
  }

  /** Hangs up on who has not said what it wants. */
  cutUndecided(): void {
    this.#undecided.cut()
  }

  #awaitHello(socket: Socket): void {
    this.#undecided.await(socket, (received) => {
      const hello = parseClientHello(received)
      if (hello === 'more') return undefined
      // An authority offers nothing else (RFC 8737 §3).
      const isAcme = hello !== 'other' && hello.protocols.join() === ACME_ALPN
      return () => (isAcme ? this.#prove(socket, hello.serverName) : this.#serveOthers(socket))
    })
  }

  #prove(socket: Socket, serverName: string): void {
    socket.on('error', () => socket.destroy())
    const pair = this.#board.certificateFor(serverName)
    if (pair === undefined) {
      socket.destroy()
      return
    }
    const server: TlsServer = createServer({
      ...tlsPolicy,
      ...pair,
      ALPNProtocols: [ACME_ALPN],
    })
    // No idle limit of HTTP holds here, and who has shaken hands may leave the connection open.
    const timer = setTimeout(() => socket.destroy(), this.#helloMs).unref()
    socket.on('close', () => clearTimeout(timer))
    // The handshake is all that the authority came for (RFC 8737 §3).
    server.on('secureConnection', (secure) => {
      secure.on('error', () => secure.destroy())
      secure.end()
    })
    server.on('tlsClientError', (_error, secure) => secure.destroy())
    server.emit('connection', socket)
  }
}
