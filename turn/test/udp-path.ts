import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'

/** Where a datagram goes on a path. */
export type Direction = 'toServer' | 'toClient'

/** What a path does to each datagram: probabilities from 0 to 1, and a delay between two bounds. */
export type Impairments = Readonly<{
  loss?: number
  duplication?: number
  /** Whoever is delayed less overtakes. */
  delayMs?: readonly [number, number]
  random: () => number
}>

/** A way for datagrams from clients to a server, which looks at them and may treat them badly. */
export class UdpPath {
  readonly lost = { toServer: 0, toClient: 0 }
  readonly doubled = { toServer: 0, toClient: 0 }
  readonly #front: Socket
  readonly #server: Readonly<{ ip: string; port: number }>
  readonly #behind = new Map<string, Promise<Socket>>()
  readonly #delayed = new Set<NodeJS.Timeout>()
  readonly #watch: (direction: Direction, bytes: Uint8Array) => void
  readonly #passed: (direction: Direction, bytes: Uint8Array) => void
  /** Changed while datagrams flow. */
  impairments: Impairments | undefined

  private constructor(front: Socket, options: UdpPathOptions) {
    this.#front = front
    this.#server = options.to
    this.#watch = options.watch ?? (() => {})
    this.#passed = options.passed ?? (() => {})
    this.impairments = options.impairments
    front.on('message', (bytes, from) => {
      this.#pass('toServer', bytes, async () => {
        const socket = await this.#socketOf(from)
        socket.send(bytes, this.#server.port, this.#server.ip)
      })
    })
  }

  /** Opens a path whose entrance is a free port of the server's IP. */
  static async open(options: UdpPathOptions): Promise<UdpPath> {
    return new UdpPath(await bound(options.to.ip), options)
  }

  /** Where clients send. */
  get port(): number {
    return this.#front.address().port
  }

  /** Whether nothing is on its way. */
  get isQuiet(): boolean {
    return this.#delayed.size === 0
  }

  async close(): Promise<void> {
    for (const timer of this.#delayed) clearTimeout(timer)
    for (const socket of await Promise.all(this.#behind.values())) socket.close()
    this.#front.close()
  }

  #socketOf(client: Readonly<{ address: string; port: number }>): Promise<Socket> {
    const key = `${client.address} ${client.port}`
    const known = this.#behind.get(key)
    if (known) return known
    const opening = bound(this.#server.ip).then((socket) => {
      socket.on('message', (bytes) => {
        this.#pass('toClient', bytes, () => this.#front.send(bytes, client.port, client.address))
      })
      return socket
    })
    this.#behind.set(key, opening)
    return opening
  }

  #pass(direction: Direction, bytes: Uint8Array, send: () => unknown): void {
    this.#watch(direction, bytes)
    const { random, loss = 0, duplication = 0, delayMs } = this.impairments ?? { random: () => 1 }
    if (random() < loss) {
      this.lost[direction]++
      return
    }
    const twice = random() < duplication
    if (twice) this.doubled[direction]++
    for (let copy = 0; copy < (twice ? 2 : 1); copy++) {
      this.#passed(direction, bytes)
      if (delayMs) this.#later(delayMs[0] + random() * (delayMs[1] - delayMs[0]), send)
      else send()
    }
  }

  #later(delayMs: number, send: () => unknown): void {
    const timer = setTimeout(() => {
      this.#delayed.delete(timer)
      send()
    }, delayMs)
    this.#delayed.add(timer)
  }
}

/** Where a path leads, and what happens on it. */
export type UdpPathOptions = Readonly<{
  to: Readonly<{ ip: string; port: number }>
  impairments?: Impairments
  /** Sees every datagram, the lost ones too. */
  watch?: (direction: Direction, bytes: Uint8Array) => void
  /** Sees every copy that is not lost, before its delay. */
  passed?: (direction: Direction, bytes: Uint8Array) => void
}>

async function bound(ip: string): Promise<Socket> {
  const socket = createSocket(isIPv6(ip) ? 'udp6' : 'udp4')
  socket.bind(0, ip)
  await once(socket, 'listening')
  return socket
}
