import type { TransportAddress } from '../../protocol/transport-address.ts'
import { ErrorQueueMessage, type Unreached } from './error-queue.ts'
import { Libc } from './libc.ts'

// Linux: bits/socket.h, linux/in.h, linux/in6.h.
const msgErrqueue = 0x2000
const optionsOf = {
  4: { level: 0, mtuDiscover: 10, recverr: 11 },
  6: { level: 41, mtuDiscover: 23, recverr: 25 },
} as const
const pmtudiscDont = 0
const pmtudiscDo = 2

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

/** Kernel sockets over `node:ffi`; undefined where there is none. */
export function createKernelSockets(): KernelSockets | undefined {
  const libc = Libc.open()
  return libc && new LibcSockets(libc)
}

class LibcSockets implements KernelSockets {
  readonly #libc: Libc
  readonly #message: ErrorQueueMessage

  constructor(libc: Libc) {
    this.#libc = libc
    this.#message = new ErrorQueueMessage((memory) => libc.addressOf(memory))
  }

  open(at: TransportAddress): KernelSocket {
    const libc = this.#libc
    const fd = libc.open(at.family, 'datagram')
    try {
      const { level, mtuDiscover, recverr } = optionsOf[at.family]
      libc.set(fd, { level, name: recverr, value: 1 })
      libc.set(fd, { level, name: mtuDiscover, value: pmtudiscDont })
      libc.bind(fd, at)
    } catch (error) {
      libc.close(fd)
      throw error
    }
    return new LibcSocket(fd, at.family, { libc, message: this.#message })
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

  sendUnfragmented(peer: TransportAddress, bytes: Uint8Array): boolean {
    const { level, mtuDiscover: name } = optionsOf[this.#family]
    this.#libc.set(this.fd, { level, name, value: pmtudiscDo })
    const sent = this.#libc.sendTo(this.fd, { bytes, to: peer })
    this.#libc.set(this.fd, { level, name, value: pmtudiscDont })
    return sent
  }

  takeUnreached(refused?: TransportAddress): readonly Unreached[] {
    const unreached: Unreached[] = []
    while (!this.#abandoned && this.#libc.receive(this.fd, this.#message.header, msgErrqueue)) {
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
