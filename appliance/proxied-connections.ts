import type { Server } from 'node:https'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { connectionName, type ProxyHeader, type ProxyList, readProxyHeader } from '#turn'

/** The ends of a connection as a proxy tells them. */
type Ends = Exclude<ProxyHeader, 'local'>

/**
 * Has connections of listed proxies begin with a PROXY header. From the handshake on their sockets name the client that
 * the header names; before, `clientIp` does. To be put in front of all that counts or serves connections.
 */
export class ProxiedConnections {
  readonly #ends = new Map<string, Ends>()

  constructor(server: Server, isProxy: ProxyList, headerMs: number) {
    const listeners = server.listeners('connection')
    const serve = (socket: Socket): void => {
      for (const listener of listeners) Reflect.apply(listener, server, [socket])
    }
    server.removeAllListeners('connection')
    server.on('connection', (socket: Socket) => {
      if (!isProxy(socket.remoteAddress ?? '')) {
        serve(socket)
        return
      }
      socket.on('error', () => socket.destroy())
      readProxyHeader(socket, headerMs, (header) => {
        if (header !== 'local') this.#keep(socket, header)
        serve(socket)
      })
    })
    server.prependListener('secureConnection', (socket) => this.#rename(socket))
  }

  /** The IP of the client behind a TCP connection. */
  clientIp(socket: Socket): string {
    return this.#ends.get(connectionName(socket))?.source.ip ?? socket.remoteAddress ?? ''
  }

  #keep(socket: Socket, ends: Ends): void {
    const name = connectionName(socket)
    this.#ends.set(name, ends)
    socket.once('close', () => {
      if (this.#ends.get(name) === ends) this.#ends.delete(name)
    })
  }

  #rename(socket: TLSSocket): void {
    const ends = this.#ends.get(connectionName(socket))
    if (!ends) return
    Object.defineProperties(socket, {
      remoteAddress: { value: ends.source.ip },
      remotePort: { value: ends.source.port },
      remoteFamily: { value: `IPv${ends.source.family}` },
      localAddress: { value: ends.destination.ip },
      localPort: { value: ends.destination.port },
    })
  }
}
