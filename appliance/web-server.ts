import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createProxyList, sourceOf, tlsPolicy, turnAlpn } from '#turn'
import { AcmeOnWebPort } from './acme-on-web-port.ts'
import { ApplianceError, messageOf, systemErrorCode } from './errors.ts'
import { isLoopback } from './plain-http.ts'
import { ProxiedConnections } from './proxied-connections.ts'
import type { Certificates } from './tls/certificate.ts'
import { type TurnDoor, TurnOnWebPort } from './turn-on-web-port.ts'

/** What answers requests. Doors are asked in order; the first that says true has taken it. */
export type Door = Readonly<{
  handleRequest?(request: IncomingMessage, response: ServerResponse): boolean
  handleUpgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
}>

/** Where to listen, and who answers. */
export type WebServerOptions = Readonly<{
  /** `undefined`: no HTTPS, because a proxy in front does it. 0 takes any free port. */
  https:
    | Readonly<{
        port: number
        certificates: Pick<Certificates, 'keyPair' | 'onChange'> &
          Partial<Pick<Certificates, 'board'>>
      }>
    | undefined
  /** Plain HTTP; on loopback only, unless a proxy on another host is to reach it. */
  http: Readonly<{
    port: number
    host: string
    /** Is asked before all others, for plain HTTP only. With it strangers are expected there. */
    door?: Door
  }>
  doors: readonly Door[]
  /** Answers every request that no door took. */
  handler: (request: IncomingMessage, response: ServerResponse) => void
  limits?: WebLimits
  /** Takes TURN clients that come to the HTTPS port; without it they are no clients of ours. */
  turn?: TurnDoor
  /** CIDR ranges of proxies whose PROXY protocol v2 header is required and believed on the HTTPS port. */
  proxyProtocolFrom?: readonly string[]
}>

/** What strangers may hold of each listener. */
export type WebLimits = Readonly<{
  connections: number
  /** Of one IPv4 address or one IPv6 /64; not of this machine's plain HTTP, which a proxy may send for everybody. */
  connectionsPerAddress: number
  /** A connection on which nothing moves for so long is closed; WebSockets watch themselves. */
  idleMs: number
  /** A TLS handshake that takes longer is given up, and so is one who then does not say what it wants. */
  handshakeMs: number
}>

/** The ports that are listened on; `undefined` where there is none. */
export type WebPorts = Readonly<{ https: number | undefined; http: number }>

/** The appliance's HTTP and HTTPS listeners, which share doors and handler. */
export interface WebServer {
  /** Throws an `ApplianceError` WEB_PORT_IN_USE that names the option. */
  start(): Promise<WebPorts>
  /** Stops listening and ends what is idle; what still runs at the deadline is cut. */
  stop(deadline: AbortSignal): Promise<void>
}

/** A browser opens some six connections, and a whole office may share one address. */
const DEFAULT_LIMITS: WebLimits = {
  connections: 10_000,
  connectionsPerAddress: 1_000,
  idleMs: 60_000,
  handshakeMs: 10_000,
}

/** Creates the listeners without opening them. Throws a `TurnError` for a proxy that is no range. */
export function createWebServer(options: WebServerOptions): WebServer {
  const plain = createServer()
  const limits = options.limits ?? DEFAULT_LIMITS
  const secure = options.https && secureServer(options, options.https.certificates, limits)
  const servers: readonly Server[] = secure === undefined ? [plain] : [plain, secure]
  const plainDoor = options.http.door
  attach(plain, plainDoor ? { ...options, doors: [plainDoor, ...options.doors] } : options)
  if (plainDoor) limitAddresses(plain, limits.connectionsPerAddress, strangerOf)
  if (secure) attach(secure, options)
  const front = secure && openDoors(secure, options, limits)
  const turn = front?.turn
  const sockets = new Set<Socket>()
  let isStopping = false
  // A relayed call is kept as long as anything else is.
  const cutLastTurn = () => {
    if (isStopping && turn && sockets.size <= turn.size) turn.cut()
  }
  for (const server of servers) {
    server.prependListener('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.on('close', () => {
        sockets.delete(socket)
        cutLastTurn()
      })
    })
  }

  return {
    async start() {
      const http = await listen(plain, options.http.port, options.http.host, 'web.http_port')
      if (secure === undefined || options.https === undefined) return { http, https: undefined }
      const https = await listen(secure, options.https.port, undefined, 'web.https_port')
      return { http, https }
    },
    async stop(deadline) {
      const cut = () => {
        for (const socket of sockets) socket.destroy()
      }
      deadline.addEventListener('abort', cut, { once: true })
      if (deadline.aborted) cut()
      const closed = servers.map(close)
      isStopping = true
      front?.cutUndecided()
      cutLastTurn()
      await Promise.all(closed)
      deadline.removeEventListener('abort', cut)
    },
  }
}

function secureServer(
  { turn }: WebServerOptions,
  certificates: Pick<Certificates, 'keyPair' | 'onChange'>,
  { handshakeMs }: WebLimits,
): SecureServer {
  const server = createSecureServer({
    ...tlsPolicy,
    ...certificates.keyPair(),
    // Ours is the preference: coturn's client names both, and no browser names TURN.
    ALPNProtocols: turn ? [turnAlpn, 'http/1.1'] : ['http/1.1'],
    handshakeTimeout: handshakeMs,
  })
  // Without a handshake nothing can be said, and what one tries to say keeps the connection for ever.
  server.prependListener('tlsClientError', (_error, socket) => socket.destroy())
  certificates.onChange((pair) => server.setSecureContext({ ...tlsPolicy, ...pair }))
  return server
}

/** Puts in front of HTTPS what looks at a connection first: the last here is the first to see one. */
function openDoors(
  server: SecureServer,
  { https, turn, proxyProtocolFrom = [] }: WebServerOptions,
  { handshakeMs, connectionsPerAddress }: WebLimits,
): Readonly<{ turn: TurnOnWebPort | undefined; cutUndecided: () => void }> {
  const turnClients = turn && new TurnOnWebPort(server, turn, handshakeMs)
  const board = https?.certificates.board
  const acme = board && new AcmeOnWebPort(server, board, handshakeMs)
  limitAddresses(server, connectionsPerAddress, (socket) => proxied.clientIp(socket))
  const isProxy = createProxyList('web.proxy_protocol_from', proxyProtocolFrom)
  const proxied = new ProxiedConnections(server, isProxy, handshakeMs)
  const cutUndecided = (): void => {
    turnClients?.cutUndecided()
    acme?.cutUndecided()
  }
  return { turn: turnClients, cutUndecided }
}

/** Programs of this machine come for many; `undefined` leaves them out of what one address may hold. */
function strangerOf({ remoteAddress }: Socket): string | undefined {
  return isLoopback(remoteAddress) ? undefined : (remoteAddress ?? '')
}

/** Hangs up on a client that holds too many connections, so that it leaves some to others. */
function limitAddresses(
  server: Server,
  most: number,
  addressOf: (socket: Socket) => string | undefined,
): void {
  const held = new Map<string, number>()
  server.prependListener('connection', (socket: Socket) => {
    const client = addressOf(socket)
    if (client === undefined) return
    const address = sourceOf(client)
    const count = (held.get(address) ?? 0) + 1
    held.set(address, count)
    socket.once('close', () => {
      const left = (held.get(address) ?? 1) - 1
      if (left === 0) held.delete(address)
      else held.set(address, left)
    })
    if (count > most) socket.destroy()
  })
}

function attach(server: Server, options: WebServerOptions): void {
  const { doors, handler, limits = DEFAULT_LIMITS } = options
  server.maxConnections = limits.connections
  server.timeout = limits.idleMs
  server.headersTimeout = 10_000
  server.requestTimeout = 30_000
  server.on('request', (request, response) => {
    if (doors.some((door) => door.handleRequest?.(request, response) ?? false)) return
    handler(request, response)
  })
  server.on('upgrade', (request, socket, head) => {
    // A client that vanishes during the handshake is no fault of ours, and nobody is left to tell.
    socket.on('error', () => socket.destroy())
    if (doors.some((door) => door.handleUpgrade?.(request, socket, head) ?? false)) return
    // One that does not hang up in turn would stay for ever: no timeout watches an upgrade.
    socket.once('finish', () => socket.destroy())
    socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
  })
  server.on('clientError', (_error, socket) => {
    socket.once('finish', () => socket.destroy())
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
    else socket.destroy()
  })
}

function listen(
  server: Server,
  port: number,
  host: string | undefined,
  option: string,
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const refuse = (error: Error) => reject(listenFault(error, port, option))
  server.once('error', refuse)
  server.listen({ port, host }, () => {
    server.off('error', refuse)
    resolve((server.address() as AddressInfo).port)
  })
  return promise
}

function listenFault(error: Error, port: number, option: string): ApplianceError {
  if (systemErrorCode(error) === 'EADDRINUSE') {
    return new ApplianceError(
      'WEB_PORT_IN_USE',
      `port ${port}/tcp (${option}) is already in use`,
      `stop the program that has it (ss -ltnp 'sport = :${port}'), or set ${option} to a free port`,
    )
  }
  return new ApplianceError(
    'SERVICE_FAILED',
    `port ${port}/tcp (${option}) cannot be opened: ${messageOf(error)}`,
    port < 1024
      ? `ports below 1024 need root or CAP_NET_BIND_SERVICE; or set ${option} to a higher port`
      : `set ${option} to a port that may be opened`,
  )
}

function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (!server.listening) return Promise.resolve()
  server.close(() => resolve())
  server.closeIdleConnections()
  return promise
}
