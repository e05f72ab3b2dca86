import type { Socket } from 'node:net'
import { type ProxyHeader, parseProxyHeader } from './proxy-header.ts'

/**
 * Reads the PROXY protocol v2 header that a connection must begin with and leaves the client's own bytes in the socket.
 * Without one, or when it is not whole in time, hangs up and never calls back.
 */
export function readProxyHeader(
  socket: Socket,
  timeoutMs: number,
  done: (header: ProxyHeader) => void,
): void {
  let received: Buffer = Buffer.alloc(0)
  const timer = setTimeout(() => socket.destroy(), timeoutMs).unref()
  const onReadable = (): void => {
    const chunk: Buffer | null = socket.read()
    if (!chunk) return
    received = Buffer.concat([received, chunk])
    const parsed = parseProxyHeader(received)
    if (!parsed.ok) {
      if (parsed.fault !== 'more') socket.destroy()
      return
    }
    stop()
    const { header, length } = parsed.value
    if (length < received.length) socket.unshift(received.subarray(length))
    done(header)
  }
  const stop = (): void => {
    clearTimeout(timer)
    socket.off('readable', onReadable).off('end', onEnd).off('close', stop)
  }
  const onEnd = (): void => {
    socket.destroy()
  }
  socket.on('readable', onReadable).on('end', onEnd).on('close', stop)
}
