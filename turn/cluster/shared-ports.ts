import { createServer } from 'node:net'
import type { Endpoint } from '../engine-options.ts'
import { listenError, TurnError } from '../errors.ts'
import { bindUdpSocket, createUdpSocket } from '../net/udp-socket.ts'
import { familyOf } from '../protocol/transport-address.ts'
import type { BoundSocket, SocketMaker } from './shareable-sockets.ts'
import type { BoundPort } from './worker-channel.ts'

/**
 * Finds out whether a port can be had, and which one where 0 is asked; throws a TurnError when it cannot. Workers bind
 * with SO_REUSEPORT, which would also join the ports of another server of the same user.
 */
export async function claimPort(transport: 'udp' | 'tcp' | 'tls', at: Endpoint): Promise<Endpoint> {
  const family = familyOf(at.ip)
  if (!family) throw new TurnError('TURN_BAD_OPTION', `cannot listen on ${at.ip}: not an IP`)
  try {
    const port = await (transport === 'udp' ? tryUdp(at, family) : tryTcp(at, family))
    return { ip: at.ip, port }
  } catch (error) {
    throw listenError(transport, at, error)
  }
}

async function tryUdp(at: Endpoint, family: 4 | 6): Promise<number> {
  const socket = createUdpSocket(family, { buffers: false })
  await bindUdpSocket(socket, at.ip, at.port)
  const { port } = socket.address()
  return new Promise((resolve) => socket.close(() => resolve(port)))
}

function tryTcp(at: Endpoint, family: 4 | 6): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ host: at.ip, port: at.port, ipv6Only: family === 6, exclusive: true }, () => {
      const bound = server.address()
      const port = typeof bound === 'object' && bound ? bound.port : at.port
      server.close(() => resolve(port))
    })
  })
}

type HeldSocket = BoundPort & BoundSocket

/**
 * The UDP ports of all workers: on each address one socket for each worker, made and kept by the parent. The kernel
 * spreads clients over the sockets of a port by their number and order; while that stands still, a worker that dies and
 * comes back moves nobody else's packets.
 */
export class SharedUdpPorts {
  readonly #sockets: readonly (readonly HeldSocket[])[]

  private constructor(sockets: readonly (readonly HeldSocket[])[]) {
    this.#sockets = sockets
  }

  /** Binds all sockets; throws a TurnError when one cannot be, and then holds none. */
  static open(maker: SocketMaker, ports: readonly Endpoint[], workers: number): SharedUdpPorts {
    const opened: HeldSocket[][] = Array.from({ length: workers }, () => [])
    try {
      for (const at of ports) {
        for (const sockets of opened) sockets.push({ ...at, ...bind(maker, at) })
      }
    } catch (error) {
      closeAll(opened)
      throw error
    }
    return new SharedUdpPorts(opened)
  }

  /** The sockets of one worker, counted from 0. */
  of(worker: number): readonly BoundPort[] {
    return this.#sockets[worker] ?? []
  }

  /** Closes the parent's hold; a worker's sockets end with it. */
  close(): void {
    closeAll(this.#sockets)
  }
}

function bind(maker: SocketMaker, at: Endpoint): BoundSocket {
  try {
    return maker.bindShareable(at)
  } catch (error) {
    throw listenError('udp', at, error)
  }
}

function closeAll(sockets: readonly (readonly BoundSocket[])[]): void {
  for (const socket of sockets.flat()) socket.close()
}
