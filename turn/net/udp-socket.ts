import { createSocket, type Socket } from 'node:dgram'
import type { Family } from '../protocol/transport-address.ts'

/** What a listener asks of the kernel, which grants at most `net.core.rmem_max` and `wmem_max`. */
const bufferBytes = 16 * 1024 * 1024
/** Linux counts its own bookkeeping too: it tells twice of what was asked (socket(7), SO_RCVBUF). */
const toldPerByte = process.platform === 'linux' ? 2 : 1

/** Bytes of buffer a socket has, and what it asked for. */
export type SocketBuffers = Readonly<{
  askedBytes: number
  receiveBytes: number
  sendBytes: number
}>

/** Creates an unbound UDP socket of one IP version that sends to IPs without asking a resolver. */
export function createUdpSocket(
  family: Family,
  options: Readonly<{ buffers: boolean; reusePort?: boolean }>,
): Socket {
  return createSocket({
    type: family === 4 ? 'udp4' : 'udp6',
    ipv6Only: family === 6,
    ...(options.reusePort && { reusePort: true }),
    ...(options.buffers && { recvBufferSize: bufferBytes, sendBufferSize: bufferBytes }),
    // An IP is its own address; answering at once saves a packet the way through the event loop.
    lookup: (ip, _options, callback) => callback(null, ip, family),
  })
}

/** Reads back what the kernel granted a bound socket; undefined when that is all it asked for. */
export function shortBuffers(socket: Socket): SocketBuffers | undefined {
  const receiveBytes = socket.getRecvBufferSize() / toldPerByte
  const sendBytes = socket.getSendBufferSize() / toldPerByte
  const isShort = receiveBytes < bufferBytes || sendBytes < bufferBytes
  return isShort ? { askedBytes: bufferBytes, receiveBytes, sendBytes } : undefined
}

/** Binds a UDP socket; rejects with the operating system's error and closes it when that fails. */
export function bindUdpSocket(socket: Socket, ip: string, port: number): Promise<void> {
  return listening(socket, (done) => socket.bind({ address: ip, port, exclusive: true }, done))
}

/** Receives and sends by a bound socket of the operating system; rejects and closes it when that fails. */
export function takeOverUdpSocket(socket: Socket, fd: number): Promise<void> {
  return listening(socket, (done) => socket.bind({ fd, exclusive: true }, done))
}

function listening(socket: Socket, bind: (done: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => {
      socket.close()
      reject(error)
    }
    socket.once('error', onError)
    bind(() => {
      socket.off('error', onError)
      resolve()
    })
  })
}
