import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'

/** A datagram and where it came from. */
export type Arrival = Readonly<{ bytes: Uint8Array; from: RemoteInfo }>

/** A UDP socket on loopback that keeps what arrives until it is asked for. */
export class UdpEndpoint {
  readonly port: number
  readonly #socket: Socket
  readonly #arrived: Arrival[] = []
  #waiting: ((arrival: Arrival | undefined) => void) | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    this.port = socket.address().port
    socket.on('message', (bytes, from) => {
      const waiting = this.#waiting
      this.#waiting = undefined
      if (waiting) waiting({ bytes, from })
      else this.#arrived.push({ bytes, from })
    })
  }

  /** Binds 127.0.0.1 on a port, any by default. */
  static async open(port = 0): Promise<UdpEndpoint> {
    const socket = createSocket('udp4')
    socket.bind(port, '127.0.0.1')
    await once(socket, 'listening').catch((error) => {
      socket.close()
      throw error
    })
    return new UdpEndpoint(socket)
  }

  /** Sends a datagram to a loopback port. */
  send(bytes: Uint8Array, port: number): void {
    this.#socket.send(bytes, port, '127.0.0.1')
  }

  /** The next datagram; undefined when none comes in time. */
  next(withinMs: number): Promise<Arrival | undefined> {
    const arrived = this.#arrived.shift()
    if (arrived) return Promise.resolve(arrived)
    return new Promise((resolve) => {
      const deadline = setTimeout(() => {
        this.#waiting = undefined
        resolve(undefined)
      }, withinMs)
      this.#waiting = (arrival) => {
        clearTimeout(deadline)
        resolve(arrival)
      }
    })
  }

  close(): void {
    this.#socket.close()
  }
}
