import type { Server } from 'node:https'
import type { Socket } from 'node:net'
import { createServer, type Server as TlsServer } from 'node:tls'
import { tlsPolicy } from '#turn'
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
  readonly #undecided = new Set<Socket>()

  /** `helloMs`: how long a client may take to say what it wants. */
  constructor(server: Server, board: HandshakeBoard, helloMs: number) {
    this.#board = board
    this.#helloMs = helloMs
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
    for (const socket of this.#undecided) socket.destroy()
  }

  #awaitHello(socket: Socket): void {
    let received: Buffer = Buffer.alloc(0)
    const hangUp = (): void => {
      socket.destroy()
    }
    const timer = setTimeout(hangUp, this.#helloMs).unref()
    const settle = (): void => {
      clearTimeout(timer)
      this.#undecided.delete(socket)
      socket
        .off('readable', onReadable)
        .off('end', hangUp)
        .off('error', hangUp)
        .off('close', settle)
    }
    const onReadable = (): void => {
      const chunk: Buffer | null = socket.read()
      if (!chunk) return
      received = Buffer.concat([received, chunk])
      const hello = parseClientHello(received)
      if (hello === 'more') return
      settle()
      socket.unshift(received)
      // An authority offers nothing else (RFC 8737 §3).
      const isAcme = hello !== 'other' && hello.protocols.join() === ACME_ALPN
      if (isAcme) this.#prove(socket, hello.serverName)
      else this.#serveOthers(socket)
    }
    this.#undecided.add(socket)
    socket.on('readable', onReadable).on('end', hangUp).on('error', hangUp).on('close', settle)
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
