import type { Socket } from 'node:dgram'
import type { TransportAddress } from '../protocol/transport-address.ts'
import type { KernelSocket, KernelSockets } from './kernel/kernel-sockets.ts'
import { bindUdpSocket, createUdpSocket, takeOverUdpSocket } from './udp-socket.ts'

/** A bound relay socket; with `kernel` it can send with the DF bit and is told of ICMP. */
export type BoundRelaySocket = Readonly<{ socket: Socket; kernel: KernelSocket | undefined }>

/**
 * Binds a relay socket, of the kernel's own making where that is asked: such a socket loses one datagram for each ICMP
 * message that arrives, so that others stay as they are. Rejects with the operating system's error.
 */
export async function bindRelaySocket(
  at: TransportAddress,
  sockets: KernelSockets | undefined,
): Promise<BoundRelaySocket> {
  if (!sockets) {
    const socket = createUdpSocket(at.family, { buffers: false })
    await bindUdpSocket(socket, at.ip, at.port)
    return { socket, kernel: undefined }
  }
  const kernel = sockets.open(at)
  const socket = createUdpSocket(at.family, { buffers: false })
  try {
    await takeOverUdpSocket(socket, kernel.fd)
  } catch (error) {
    kernel.close()
    throw error
  }
  return { socket, kernel }
}
