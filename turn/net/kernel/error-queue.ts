import type { TransportAddress } from '../../protocol/transport-address.ts'
import type { IcmpNotice } from '../../server/turn-io.ts'
import { decodeSocketAddress, longestSocketAddress } from './socket-address.ts'

/** A datagram that did not arrive: where it was sent, and what the network or this machine said. */
export type Unreached = Readonly<{ peer: TransportAddress; icmp: IcmpNotice }>

// struct msghdr and struct iovec of 64-bit Linux (bits/types/struct_msghdr.h), and the buffers they point to, in one block.
const headerAt = 0
const iovecAt = 56
const nameAt = 80
const controlAt = 112
const controlLength = 256
const dataAt = controlAt + controlLength
const dataLength = 64
const blockLength = dataAt + dataLength
const msgControllen = 40

const originLocal = 1 // linux/errqueue.h
const originIcmp = 2
const originIcmp6 = 3
const emsgsize = 90 // asm-generic/errno.h
const cmsgHeaderLength = 16
const extendedErrorLength = 16

/** The block of memory that `recvmsg` fills from a socket's error queue (ip(7), IP_RECVERR). */
export class ErrorQueueMessage {
  readonly #block: Buffer
  readonly #address: bigint

  /** `addressOf` tells where memory lies; the block is never moved. */
  constructor(addressOf: (memory: ArrayBuffer) => bigint) {
    const memory = new ArrayBuffer(blockLength)
    this.#block = Buffer.from(memory)
    this.#address = addressOf(memory)
  }

  /** The message header, made ready to receive. */
  get header(): Buffer {
    const block = this.#block.fill(0)
    const pointers = [
      [headerAt, nameAt],
      [headerAt + 16, iovecAt],
      [headerAt + 32, controlAt],
      [iovecAt, dataAt],
    ] as const
    for (const [at, target] of pointers) {
      block.writeBigUInt64LE(this.#address + BigInt(target), at)
    }
    block.writeUInt32LE(longestSocketAddress, headerAt + 8)
    block.writeBigUInt64LE(1n, headerAt + 24)
    block.writeBigUInt64LE(BigInt(controlLength), headerAt + msgControllen)
    block.writeBigUInt64LE(BigInt(dataLength), iovecAt + 8)
    return block.subarray(headerAt, iovecAt)
  }

  /** What the received message says; undefined when it is about no peer or nothing a client should hear. */
  read(): Unreached | undefined {
    const name = this.#block.subarray(nameAt, nameAt + longestSocketAddress)
    const peer = decodeSocketAddress(name)
    const length = Number(this.#block.readBigUInt64LE(headerAt + msgControllen))
    if (!peer || length < cmsgHeaderLength + extendedErrorLength) return undefined
    const at = controlAt + cmsgHeaderLength
    const icmp = readExtendedError(this.#block.subarray(at, at + extendedErrorLength), peer)
    return icmp && { peer, icmp }
  }
}

/** `struct sock_extended_err`: a datagram too big for this machine is told as if a router had said so. */
function readExtendedError(error: Buffer, { family }: TransportAddress): IcmpNotice | undefined {
  const errno = error.readUInt32LE(0)
  const [origin, type = 0, code = 0] = error.subarray(4, 7)
  const info = errno === emsgsize ? error.readUInt32LE(8) : 0
  if (origin === originIcmp || origin === originIcmp6) return { type, code, info }
  if (origin !== originLocal || errno !== emsgsize) return undefined
  return family === 4 ? { type: 3, code: 4, info } : { type: 2, code: 0, info }
}
