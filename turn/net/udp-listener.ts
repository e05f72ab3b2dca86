import type { Socket } from 'node:dgram'
import { listenError, TurnError } from '../errors.ts'
import { type FiveTuple, familyOf, type TransportAddress } from '../protocol/transport-address.ts'
import type { Log } from './log.ts'
import { SendErrors } from './send-errors.ts'
import { bindUdpSocket, createUdpSocket, shortBuffers, takeOverUdpSocket } from './udp-socket.ts'

/** What a UDP listener tells. */
export type UdpListenerEvents = Readonly<{
  onMessage: (from: FiveTuple, bytes: Uint8Array) => void
}>

/** How a port is shared with other engines: by a socket that is bound already, or by binding it beside theirs. */
export type SharedUdpPort = Readonly<{ inheritedFd?: number | undefined; reusePort: boolean }>

/** One UDP port clients talk to. */
export class UdpListener {
  /** The bound address; the same object in every five-tuple of this listener. */
  readonly address: TransportAddress
  readonly #socket: Socket
  readonly #errors = new SendErrors()

  private constructor(socket: Socket, address: TransportAddress) {
    this.#socket = socket
    this.address = address
  }

  /** Binds the port; throws a TurnError when it cannot. */
  static async open(
    at: Readonly<{ ip: string; port: number }>,
    events: UdpListenerEvents,
    { log, shared }: Readonly<{ log: Log; shared?: SharedUdpPort }>,
  ): Promise<UdpListener> {
    const family = familyOf(at.ip)
    if (!family) throw new TurnError('TURN_BAD_OPTION', `cannot listen on ${at.ip}: not an IP`)
    const fd = shared?.inheritedFd
    const reusePort = fd === undefined && shared?.reusePort === true
    const socket = createUdpSocket(family, { buffers: true, reusePort })
    try {
      if (fd === undefined) await bindUdpSocket(socket, at.ip, at.port)
      else await takeOverUdpSocket(socket, fd)
    } catch (error) {
      throw listenError('udp', at, error)
    }
    const server = { family, ip: at.ip, port: socket.address().port }
    tellOfShortBuffers(socket, log)
    const listener = new UdpListener(socket, server)
    socket.on('error', (error) => log.error({ err: error, ...server }, 'UDP listener failed'))
    socket.on('message', (bytes, { address, port }) => {
      const client = { family, ip: address, port }
      events.onMessage({ transport: 'udp', client, server }, bytes)
    })
    return listener
  }

  /** Messages the operating system refused to send. */
  get sendErrors(): number {
    return this.#errors.count
  }

  /** Sends one message; a failure is counted, as a lost packet would not be noticed either. */
  send(to: TransportAddress, bytes: Uint8Array): void {
    this.#socket.send(bytes, to.port, to.ip, this.#errors.next())
  }

  /** Stops listening. */
  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()))
  }
}

let isTold = false

/** Once in a process: the kernel's limit is the same for all its sockets. An operator is told where the machine is checked. */
function tellOfShortBuffers(socket: Socket, log: Log): void {
  const short = shortBuffers(socket)
  if (short === undefined || isTold) return
  isTold = true
  const fix = `raise net.core.rmem_max and net.core.wmem_max to ${short.askedBytes} and start again`
  log.debug({ ...short, fix }, 'the kernel grants TURN smaller socket buffers than it asks for')
}
