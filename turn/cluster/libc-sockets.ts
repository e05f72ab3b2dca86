import { parseIp } from '../protocol/ip-address.ts'

const signatures = {
  socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
  setsockopt: { arguments: ['i32', 'i32', 'i32', 'buffer', 'u32'], return: 'i32' },
  bind: { arguments: ['i32', 'buffer', 'u32'], return: 'i32' },
  close: { arguments: ['i32'], return: 'i32' },
  __errno_location: { arguments: [], return: 'pointer' },
} as const

type Ffi = typeof import('node:ffi')
type Libc = ReturnType<typeof openLibc>

// Linux, all architectures Node runs on: asm-generic/socket.h, bits/socket.h, linux/in6.h.
const afInet = 2
const afInet6 = 10
const sockDgram = 2
const sockNonblock = 0o4000
const sockCloexec = 0o2000000
const solSocket = 1
const soReuseport = 15
const ipprotoIpv6 = 41
const ipv6V6only = 26
const eaddrinuse = 98

/** A bound UDP socket without an owner in Node; `close` is for whoever opened it. */
export type BoundSocket = Readonly<{ fd: number; close: () => void }>

/** Opens UDP sockets by file descriptor. */
export interface SocketMaker {
  /** Binds one with SO_REUSEPORT (IPv6 ones to IPv6 alone); throws the operating system's refusal with its `code`. */
  bindShared(at: Readonly<{ ip: string; port: number }>): BoundSocket
}

/** A maker over `node:ffi`; undefined where this Node or this system has none. */
export function createSocketMaker(): SocketMaker | undefined {
  const ffi = process.platform === 'linux' ? process.getBuiltinModule('node:ffi') : undefined
  return ffi && new LibcSockets(ffi)
}

function openLibc(ffi: Ffi) {
  return ffi.dlopen(null, signatures).functions
}

class LibcSockets implements SocketMaker {
  readonly #ffi: Ffi
  readonly #libc: Libc

  constructor(ffi: Ffi) {
    this.#ffi = ffi
    this.#libc = openLibc(ffi)
  }

  bindShared(at: Readonly<{ ip: string; port: number }>): BoundSocket {
    const ip = parseIp(at.ip)
    if (!ip) throw new Error(`${at.ip} is no IP`)
    const isIpv6 = ip.length === 16
    const type = sockDgram | sockNonblock | sockCloexec
    const fd = this.#checked('socket', this.#libc.socket(isIpv6 ? afInet6 : afInet, type, 0))
    const close = (): void => {
      this.#libc.close(fd)
    }
    try {
      if (isIpv6) this.#enable(fd, ipprotoIpv6, ipv6V6only)
      this.#enable(fd, solSocket, soReuseport)
      const address = encodeSocketAddress(ip, at.port)
      this.#checked('bind', this.#libc.bind(fd, address, address.length))
    } catch (error) {
      close()
      throw error
    }
    return { fd, close }
  }

  #enable(fd: number, level: number, name: number): void {
    const one = new Uint8Array(Int32Array.of(1).buffer)
    this.#checked('setsockopt', this.#libc.setsockopt(fd, level, name, one, one.length))
  }

  #checked(call: string, result: number): number {
    if (result !== -1) return result
    const errno = this.#ffi.getInt32(this.#libc.__errno_location(), 0)
    const code = errno === eaddrinuse ? 'EADDRINUSE' : `errno ${errno}`
    throw Object.assign(new Error(`${call}: ${code}`), { code })
  }
}

/** `sockaddr_in` or `sockaddr_in6`: the family in the machine's order, port and address in the network's. */
function encodeSocketAddress(ip: Uint8Array, port: number): Uint8Array {
  const isIpv6 = ip.length === 16
  const bytes = Buffer.alloc(isIpv6 ? 28 : 16)
  bytes.set(new Uint8Array(Uint16Array.of(isIpv6 ? afInet6 : afInet).buffer))
  bytes.writeUInt16BE(port, 2)
  bytes.set(ip, isIpv6 ? 8 : 4)
  return bytes
}
