import { Libc } from '../net/kernel/libc.ts'
import { familyOf } from '../protocol/transport-address.ts'

// Linux: asm-generic/socket.h.
const solSocket = 1
const soReuseport = 15

/** A bound UDP socket without an owner in Node; `close` is for whoever opened it. */
export type BoundSocket = Readonly<{ fd: number; close: () => void }>

/** Opens UDP sockets by file descriptor. */
export interface SocketMaker {
  /** Binds one that others may be bound beside; throws the operating system's refusal with its `code`. */
  bindShareable(at: Readonly<{ ip: string; port: number }>): BoundSocket
}

/** A maker over `node:ffi`; undefined where there is none. */
export function createSocketMaker(): SocketMaker | undefined {
  const libc = Libc.open()
  return libc && { bindShareable: (at) => bindShareable(libc, at) }
}

function bindShareable(libc: Libc, at: Readonly<{ ip: string; port: number }>): BoundSocket {
  const family = familyOf(at.ip)
  if (!family) throw new TypeError(`${at.ip} is no IP`)
  const fd = libc.open(family, 'datagram')
  const close = (): void => libc.close(fd)
  try {
    libc.set(fd, { level: solSocket, name: soReuseport, value: 1 })
    libc.bind(fd, at)
  } catch (error) {
    close()
    throw error
  }
  return { fd, close }
}
