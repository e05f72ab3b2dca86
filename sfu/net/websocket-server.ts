import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer as Server } from 'ws'
import type { Clock, Log, Result } from '../room/ambient.ts'
import {
  Connection,
  type ConnectionHandler,
  type ConnectionLimits,
  defaultConnectionLimits,
} from './connection.ts'

/** A front door that takes WebSockets. `Ticket` is what it found out when it checked a request. */
export interface WebSocketDoor<Ticket> {
  authorize(
    url: URL,
    request: IncomingMessage,
  ): Promise<Result<Ticket, Readonly<{ status: number; message: string }>>>
  open(ticket: Ticket, connection: Connection): ConnectionHandler
}

/** What the server needs. */
export type WebSocketServerOptions = Readonly<{
  clock: Clock
  log: Log
  limits?: ConnectionLimits
  /** Headers of a refusal's response. */
  refusalHeaders: Readonly<Record<string, string>>
}>

const maxFrameBytes = 2 * 1024 * 1024

/** Accepts WebSockets after their front door has checked the request, else answers with its refusal. */
export class WebSocketServer {
  readonly #options: WebSocketServerOptions
  readonly #server = new Server({
    noServer: true,
    clientTracking: false,
    maxPayload: maxFrameBytes,
    perMessageDeflate: false,
  })

  constructor(options: WebSocketServerOptions) {
    this.#options = options
  }

  /** Takes one upgrade request for a door. Rejects only because of a bug. */
  async upgrade<Ticket>(
    door: WebSocketDoor<Ticket>,
    url: URL,
    raw: Readonly<{ request: IncomingMessage; socket: Duplex; head: Buffer }>,
  ): Promise<void> {
    const { request, socket, head } = raw
    const onError = (error: Error) => this.#options.log.debug({ err: error }, 'upgrade broke off')
    socket.on('error', onError)
    const checked = await door.authorize(url, request)
    if (socket.destroyed) return
    if (!checked.ok) {
      this.refuse(socket, checked.fault.status, checked.fault.message)
      return
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off('error', onError)
      const { clock, log, limits = defaultConnectionLimits } = this.#options
      const connection = new Connection(webSocket, { clock, log, limits })
      connection.start(door.open(checked.value, connection))
    })
  }

  /** Answers an upgrade request with an HTTP status and a text, and closes. */
  refuse(socket: Duplex, status: number, message: string): void {
    const headers = {
      ...this.#options.refusalHeaders,
      'content-type': 'text/plain; charset=utf-8',
      'content-length': String(Buffer.byteLength(message)),
      connection: 'close',
    }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
    const start = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`
    // A client that does not hang up in turn would stay for ever.
    socket.once('finish', () => socket.destroy())
    socket.end(`${[start, ...lines].join('\r\n')}\r\n\r\n${message}`)
  }
}
