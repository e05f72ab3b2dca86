import type { Family, TransportAddress } from '../../protocol/transport-address.ts'
import { loadFfi } from './load-ffi.ts'
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

// Linux: bits/socket.h, linux/in6.h, asm-generic/errno.h.
const sockTypes = { stream: 1, datagram: 2 } as const
const nonblockCloexec = 0o4000 | 0o2000000
const msgDontwait = 0x40
const ipprotoIpv6 = 41
const ipv6V6only = 26
const eaddrinuse = 98

/** The C library's calls for sockets, for what `node:dgram` and `node:net` have no options for. */
export class Libc {
  readonly #ffi: Ffi
  readonly #calls: ReturnType<typeof openCalls>

  private constructor(ffi: Ffi) {
    this.#ffi = ffi
    this.#calls = openCalls(ffi)
  }

  /** Undefined where this Node has no `node:ffi` or the structures may look different. */
  static open(): Libc | undefined {
    const known = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch)
    const ffi = known ? loadFfi() : undefined
    return ffi && new Libc(ffi)
  }

  /**
   * Opens a socket that does not block and that no child process inherits unasked, an IPv6 one for IPv6 alone; returns
   * its descriptor. This and all below throw the operating system's refusal with its `code`, unless they say otherwise.
   */
  open(family: Family, type: keyof typeof sockTypes): number {
    const domain = family === 4 ? afInet : afInet6
    const opened = this.#calls.socket(domain, sockTypes[type] | nonblockCloexec, 0)
    const fd = this.#checked('socket', opened)
    try {
      if (family === 6) this.set(fd, { level: ipprotoIpv6, name: ipv6V6only, value: 1 })
    } catch (error) {
      this.close(fd)
      throw error
    }
    return fd
  }

  /** Sets a socket's option to a number. */
  set(fd: number, { level, name, value }: SocketOption): void {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32LE(value)
    this.#checked('setsockopt', this.#calls.setsockopt(fd, level, name, bytes, bytes.length))
  }

  bind(fd: number, at: Pick<TransportAddress, 'ip' | 'port'>): void {
    const address = encodeSocketAddress(at)
    this.#checked('bind', this.#calls.bind(fd, address, address.length))
  }

  /** Sends a datagram; false when that is refused. */
  sendTo(fd: number, datagram: Readonly<{ bytes: Uint8Array; to: TransportAddress }>): boolean {
    const { bytes, to } = datagram
    const address = encodeSocketAddress(to)
    const length = BigInt(bytes.length)
    const sent = this.#calls.sendto(fd, bytes, length, msgDontwait, address, address.length)
    return sent !== -1
  }

  /** Receives into a message header; false when there is nothing. */
  receive(fd: number, header: Uint8Array, flags: number): boolean {
    return this.#calls.recvmsg(fd, header, flags | msgDontwait) !== -1
  }

  /** Closes a descriptor that nobody else has taken over; a refusal would mean that it is closed. */
  close(fd: number): void {
    this.#calls.close(fd)
  }

  /** Where memory lies. */
  addressOf(memory: ArrayBuffer): bigint {
    return this.#ffi.getRawPointer(memory)
  }

  #checked(call: string, result: number): number {
    if (result !== -1) return result
    const errno = this.#ffi.getInt32(this.#calls.__errno_location(), 0)
    const code = errno === eaddrinuse ? 'EADDRINUSE' : `errno ${errno}`
    throw Object.assign(new Error(`${call}: ${code}`), { code })
  }
}

/** An option of a socket by the numbers of the C library. */
export type SocketOption = Readonly<{ level: number; name: number; value: number }>

function openCalls(ffi: Ffi) {
  return ffi.dlopen(null, signatures).functions
}
