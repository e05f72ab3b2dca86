import { once } from 'node:events'
import { connect as connectPlain, type Socket } from 'node:net'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import type { Test } from 'tap'

/** A TCP connection, of which a reset is an end like any other. */
export async function plainly(t: Test, port: number, localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connectPlain({ host: '127.0.0.1', port, localAddress })
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  socket.on('error', () => socket.destroy())
  return socket
}

/** A TLS connection, once the handshake is over. */
export async function secure(
  t: Test,
  port: number,
  options: ConnectionOptions = {},
): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options })
  t.teardown(() => socket.destroy())
  await once(socket, 'secureConnect')
  socket.on('error', () => socket.destroy())
  return socket
}

/** Waits until a socket is closed. */
export async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await once(socket.resume(), 'close')
}
