import { createSocket } from 'node:dgram'

/** Asked of the kernel for each media socket: half a second at 250 Mbit/s. It may grant less. */
export const mediaBufferBytes = 16 * 1024 * 1024

/** Linux counts its own bookkeeping too: it tells twice of what was asked (socket(7), SO_RCVBUF). */
const toldPerByte = process.platform === 'linux' ? 2 : 1

/** Bytes of buffer the media sockets have, and what they asked for. */
export type MediaBuffers = Readonly<{
  askedBytes: number
  receiveBytes: number
  sendBytes: number
}>

/**
 * Reads back what the kernel grants, from a socket of our own that asks for the same: the worker does not tell, and the
 * kernel's limit is one for all. Undefined when it is all that was asked for.
 */
export async function probeShortBuffers(): Promise<MediaBuffers | undefined> {
  const socket = createSocket({
    type: 'udp4',
    recvBufferSize: mediaBufferBytes,
    sendBufferSize: mediaBufferBytes,
  })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  socket.once('error', reject)
  socket.bind({ address: '127.0.0.1', port: 0, exclusive: true }, resolve)
  try {
    await promise
    const receiveBytes = socket.getRecvBufferSize() / toldPerByte
    const sendBytes = socket.getSendBufferSize() / toldPerByte
    const isShort = receiveBytes < mediaBufferBytes || sendBytes < mediaBufferBytes
    return isShort ? { askedBytes: mediaBufferBytes, receiveBytes, sendBytes } : undefined
  } finally {
    socket.close()
  }
}
