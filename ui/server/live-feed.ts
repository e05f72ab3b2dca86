import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { HistoryPoint, LiveMessage } from '#api'
import { FAULTS, type FaultCode } from './faults.ts'
import { isOwnOrigin } from './same-origin.ts'
import type { Services } from './services.ts'
import { readSessionCookie } from './session-cookie.ts'

/** Path of the dashboard's WebSocket. */
const LIVE_PATH = '/api/admin/live'

/** Close codes of the dashboard's WebSocket, from the range for applications (RFC 6455 §7.4.2). */
const LIVE_CLOSE = { loggedOut: 4401, stopping: 1001 }

const MAX_VIEWERS = 50
const MAX_UNSENT_BYTES = 512 * 1024
const PING_AFTER_MS = 10_000
const GONE_AFTER_MS = 30_000
const GOODBYE_MS = 2_000

type Viewer = { readonly loginId: string; heardAtMs: number; pingedAtMs: number }

/**
 * The dashboard's WebSocket. Everything happens on the points that arrive once a second: each is
 * sent to every viewer, and viewers that logged out, fell silent or read too slowly are let go.
 */
export class LiveFeed {
  readonly #services: Services
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: 1024,
    perMessageDeflate: false,
  })
  readonly #viewers = new Map<WebSocket, Viewer>()
  readonly #stopListening: () => void

  constructor(services: Services) {
    this.#services = services
    this.#stopListening = services.deps.onPoint((point) => this.#tell(point))
  }

  /** Takes over an upgrade to `LIVE_PATH`; answers `false` and touches nothing for other paths. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    if (request.url?.split('?')[0] !== LIVE_PATH) return false
    const onError = (error: Error) =>
      this.#services.deps.log.debug({ err: error }, 'a dashboard upgrade broke off')
    socket.on('error', onError)
    const admitted = this.#admit(request)
    if (typeof admitted === 'string') {
      refuseUpgrade(socket, admitted)
      return true
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off('error', onError)
      this.#welcome(webSocket, admitted.loginId)
    })
    return true
  }

  /** Sends every viewer away and stops listening. */
  close(): void {
    this.#stopListening()
    for (const webSocket of this.#viewers.keys()) {
      webSocket.close(LIVE_CLOSE.stopping, 'the server stops')
      setTimeout(() => webSocket.terminate(), GOODBYE_MS).unref()
    }
    this.#viewers.clear()
    this.#server.close()
  }

  #admit(request: IncomingMessage): { loginId: string } | FaultCode {
    const { deps, sessions, findSource } = this.#services
    const source = findSource(request)
    const { origin } = request.headers
    if (origin === undefined || !isOwnOrigin(origin, source, deps.publicOrigin)) {
      return 'CROSS_ORIGIN'
    }
    const token = readSessionCookie(request, source)
    const login = token === undefined ? undefined : sessions.use(token)
    if (!login?.session) return 'LOGIN_REQUIRED'
    return this.#viewers.size >= MAX_VIEWERS ? 'TOO_MANY_VIEWERS' : { loginId: login.session.id }
  }

  #welcome(webSocket: WebSocket, loginId: string): void {
    const { deps } = this.#services
    const nowMs = deps.clock.unixMs()
    const viewer = { loginId, heardAtMs: nowMs, pingedAtMs: nowMs }
    this.#viewers.set(webSocket, viewer)
    const heard = () => {
      viewer.heardAtMs = deps.clock.unixMs()
    }
    webSocket.on('pong', heard)
    webSocket.on('message', heard)
    webSocket.on('close', () => this.#viewers.delete(webSocket))
    webSocket.on('error', (error) => deps.log.debug({ err: error }, 'a dashboard broke off'))
    webSocket.send(encode({ type: 'history', points: deps.history() }))
  }

  #tell(point: HistoryPoint): void {
    if (this.#viewers.size === 0) return
    const message = encode({ type: 'status', status: this.#services.deps.status(), point })
    for (const [webSocket, viewer] of this.#viewers) {
      if (this.#keep(webSocket, viewer)) webSocket.send(message)
    }
  }

  /** Whether a viewer may go on; lets it go otherwise. */
  #keep(webSocket: WebSocket, viewer: Viewer): boolean {
    const nowMs = this.#services.deps.clock.unixMs()
    if (!this.#services.sessions.isOpen(viewer.loginId)) {
      this.#viewers.delete(webSocket)
      webSocket.close(LIVE_CLOSE.loggedOut, 'logged out')
      return false
    }
    const reason = faultOf(webSocket, nowMs - viewer.heardAtMs)
    if (reason !== undefined) {
      this.#services.deps.log.debug({ reason }, 'a dashboard was let go')
      this.#viewers.delete(webSocket)
      webSocket.terminate()
      return false
    }
    if (nowMs - viewer.pingedAtMs >= PING_AFTER_MS) {
      viewer.pingedAtMs = nowMs
      webSocket.ping()
    }
    return true
  }
}

function faultOf(webSocket: WebSocket, silentMs: number): string | undefined {
  if (webSocket.bufferedAmount > MAX_UNSENT_BYTES) return 'reads too slowly'
  return silentMs > GONE_AFTER_MS ? 'fell silent' : undefined
}

function encode(message: LiveMessage): string {
  return JSON.stringify(message)
}

function refuseUpgrade(socket: Duplex, code: FaultCode): void {
  const { status, message } = FAULTS[code]
  // A client that does not hang up in turn would stay for ever.
  socket.once('finish', () => socket.destroy())
  socket.end(
    `HTTP/1.1 ${status} ${code}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(message)}\r\n\r\n${message}`,
  )
}
