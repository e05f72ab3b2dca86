import { TurnError } from '../../errors.ts'
import type { TransportAddress } from '../../protocol/transport-address.ts'
import { Libc } from './libc.ts'

// Linux: asm-generic/socket.h.
const solSocket = 1
const soReuseaddr = 2
const soReuseport = 15

/**
 * TCP sockets of one address that both listens and connects, which `node:net` cannot bind: there a port that listens is
 * taken. A descriptor is whoever's who takes it over; all throw the operating system's refusal with its `code`.
 */
export interface StreamSockets {
  /** Binds a port that nobody else listens on; from then on it can be connected from. */
  bindListening(at: TransportAddress): number
  /** Binds the port of a listening socket to connect from. */
  bindConnecting(at: TransportAddress): number
}

/** Such sockets over `node:ffi`; throws a TurnError where there is none. */
export function requireStreamSockets(): StreamSockets {
  const libc = Libc.open()
  if (!libc) {
    const message = 'turn.tcp_relays needs Node 26 on Linux: turn it off, or run that'
    throw new TurnError('TURN_BAD_OPTION', message)
  }
  return {
    bindListening: (at) => bind(libc, at, { shared: false }),
    bindConnecting: (at) => bind(libc, at, { shared: true }),
  }
}

function bind(libc: Libc, at: TransportAddress, { shared }: Readonly<{ shared: boolean }>): number {
  const fd = libc.open(at.family, 'stream')
  const share = (): void => libc.set(fd, { level: solSocket, name: soReuseport, value: 1 })
  try {
    // Connections of before, in TIME_WAIT, do not hold the port.
    libc.set(fd, { level: solSocket, name: soReuseaddr, value: 1 })
    if (shared) share()
    libc.bind(fd, at)
    // Only once it is bound: two listeners must not share a port, or one would take the other's peers.
    if (!shared) share()
  } catch (error) {
    libc.close(fd)
    throw error
  }
  return fd
}
