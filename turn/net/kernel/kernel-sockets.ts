import type { TransportAddress } from '../../protocol/transport-address.ts'
import { ErrorQueueMessage, type Unreached } from './error-queue.ts'
import { afInet, afInet6, encodeSocketAddress } from './socket-address.ts'

const signatures = {
  socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
  setsockopt: { arguments: ['i32', 'i32', 'i32', 'buffer', 'u32'], return: 'i32' },
  bind: { arguments: ['i32', 'buffer', 'u32'], return: 'i32' },
  close: { arguments: ['i32'], return: 'i32' },
  sendto: { arguments: ['i32', 'buffer', 'u64', 'i32', 'buffer', 'u32'], return: 'i32' },
  recvmsg: { arguments: ['i32', 'buffer', 'i32'], return: 'i32' },
  __errno_location: { arguments: [], return: 'pointer' },
} as const

type Ffi = typeof import('node:ffi')
type Libc = ReturnType<typeof openLibc>

// Linux: asm-generic/socket.h, bits/socket.h, linux/in.h, linux/in6.h.
const datagramNonblockCloexec = 2 | 0o4000 | 0o2000000
const msgDontwait = 0x40
const msgErrqueue = 0x2000
const optionsOf = {
  4: { level: 0, mtuDiscover: 10, recverr: 11 },
  6: { level: 41, mtuDiscover: 23, recverr: 25 },
} as const
const ipv6V6only = 26
const pmtudiscDont = 0
const pmtudiscDo = 2
const eaddrinuse = 98

/** A bound UDP socket by file descriptor, which can send with the DF bit and knows what ICMP said. */
export interface KernelSocket {
  readonly fd: number
  /** Sends one datagram with the DF bit; false when the operating system refused, which the error queue explains. */
  sendUnfragmented(peer: TransportAddress, bytes: Uint8Array): boolean
  /**
   * What was learned about datagrams that did not arrive; the queue has to be emptied, or the event loop spins on it. Of
   * one that did not even leave the system names no port: that is `refused`, if anything was.
   */
  takeUnreached(refused?: TransportAddress): readonly Unreached[]
  /** Does nothing from here on: who took the descriptor over closes it, and its number may become another's. */
  abandon(): void
  /** For whoever opened it, while nobody else has taken the descriptor over. */
  close(): void
}

/** Opens sockets with abilities that `node:dgram` has no options for. */
export interface KernelSockets {
  /** Throws the operating system's refusal with its `code`. */
  open(at: TransportAddress): KernelSocket
}

/** Kernel sockets over `node:ffi`; undefined where this Node has none or the structures may look different. */
export function createKernelSockets(): KernelSockets | undefined {
  const known = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch)
  const ffi = known ? process.getBuiltinModule('node:ffi') : undefined
  return ffi && new LibcSockets(ffi)
}

function openLibc(ffi: Ffi) {
  return ffi.dlopen(null, signatures).functions
}

class LibcSockets implements KernelSockets {
  readonly #ffi: Ffi
  readonly #libc: Libc
  readonly #message: ErrorQueueMessage

  constructor(ffi: Ffi) {
    this.#ffi = ffi
    this.#libc = openLibc(ffi)
    this.#message = new ErrorQueueMessage((memory) => ffi.getRawPointer(memory))
  }

  open(at: TransportAddress): KernelSocket {
    const libc = this.#libc
    const family = at.family === 4 ? afInet : afInet6
    const fd = this.#checked('socket', libc.socket(family, datagramNonblockCloexec, 0))
    const socket = new LibcSocket(fd, at.family, { libc, message: this.#message })
    try {
      const { level, mtuDiscover, recverr } = optionsOf[at.family]
      if (at.family === 6) this.#checked('setsockopt', socket.set(level, ipv6V6only, 1))
      this.#checked('setsockopt', socket.set(level, recverr, 1))
      this.#checked('setsockopt', socket.set(level, mtuDiscover, pmtudiscDont))
      const address = encodeSocketAddress(at)
      this.#checked('bind', libc.bind(fd, address, address.length))
    } catch (error) {
      socket.close()
      throw error
    }
    return socket
  }

  #checked(call: string, result: number): number {
    if (result !== -1) return result
    const errno = this.#ffi.getInt32(this.#libc.__errno_location(), 0)
    const code = errno === eaddrinuse ? 'EADDRINUSE' : `errno ${errno}`
    throw Object.assign(new Error(`${call}: ${code}`), { code })
  }
}

class LibcSocket implements KernelSocket {
  readonly fd: number
  readonly #family: 4 | 6
  readonly #libc: Libc
  readonly #message: ErrorQueueMessage
  #abandoned = false

  constructor(
    fd: number,
    family: 4 | 6,
    { libc, message }: Readonly<{ libc: Libc; message: ErrorQueueMessage }>,
  ) {
    this.fd = fd
    this.#family = family
    this.#libc = libc
    this.#message = message
  }

  /** Sets an option to a number; -1 when that is refused. */
  set(level: number, name: number, value: number): number {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32LE(value)
    return this.#libc.setsockopt(this.fd, level, name, bytes, bytes.length)
  }

  sendUnfragmented(peer: TransportAddress, bytes: Uint8Array): boolean {
    const { level, mtuDiscover } = optionsOf[this.#family]
    const address = encodeSocketAddress(peer)
    this.set(level, mtuDiscover, pmtudiscDo)
    const { fd } = this
    const length = BigInt(bytes.length)
    const sent = this.#libc.sendto(fd, bytes, length, msgDontwait, address, address.length)
    this.set(level, mtuDiscover, pmtudiscDont)
    return sent !== -1
  }

  takeUnreached(refused?: TransportAddress): readonly Unreached[] {
    const unreached: Unreached[] = []
    const flags = msgErrqueue | msgDontwait
    while (!this.#abandoned && this.#libc.recvmsg(this.fd, this.#message.header, flags) !== -1) {
      const one = this.#message.read()
      if (one) unreached.push(one.peer.port === 0 && refused ? { ...one, peer: refused } : one)
    }
    return unreached
  }

  abandon(): void {
    this.#abandoned = true
  }

  close(): void {
    this.#libc.close(this.fd)
  }
}
