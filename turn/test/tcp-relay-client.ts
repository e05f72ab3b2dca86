import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Test } from 'tap'
import { readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { connectionId } from '../protocol/attributes/connection-id.ts'
import { errorCode } from '../protocol/attributes/error-code.ts'
import { xorPeerAddress } from '../protocol/attributes/xor-peer-address.ts'
import { uint16At } from '../protocol/bytes.ts'
import { methods } from '../protocol/methods.ts'
import { headerLength, parseStunMessage, type StunMessage } from '../protocol/stun-message.ts'
import { encodeRequest, having, type Login } from './encode-request.ts'
import type { TcpClient } from './tcp-client.ts'

const tcp = 6

/** Names a peer on this machine in a request. */
export function peerAt(port: number) {
  return having(xorPeerAddress, { family: 4, ip: '127.0.0.1', port })
}

/** Allocates for TCP to peers; returns the relay port. */
export function allocateTcp(client: TcpClient): Promise<number> {
  return client.allocate(tcp)
}

/** Connects to a peer; the connection's id, or the error code. */
export async function connectTo(
  client: TcpClient,
  port: number,
): Promise<Readonly<{ id?: number | undefined; code?: number | undefined }>> {
  return idOrCode(await client.request(methods.connect, peerAt(port)))
}

/** The id of the peer that a ConnectionAttempt tells of, and its port. */
export async function nextAttempt(
  client: TcpClient,
): Promise<Readonly<{ id: number; port: number }>> {
  const message = parsed(await client.nextBytes())
  const read = readAttributes(message, { id: connectionId, peer: xorPeerAddress })
  const isAttempt = message.method === methods.connectionAttempt && message.class === 'indication'
  if (!isAttempt || !read.ok || read.value.id === undefined || !read.value.peer) {
    throw new Error('no ConnectionAttempt')
  }
  return { id: read.value.id, port: read.value.peer.port }
}

/** A socket of a client whose ends close one by one. */
export async function openStream(t: Test, port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  socket.on('error', () => socket.destroy())
  return socket
}

/** Asks to be joined with a peer, with any `more` bytes right behind; the error code, undefined when it was done. */
export async function bindStream(
  socket: Socket,
  { login, id, more = '' }: Readonly<{ login: Login; id: number; more?: string }>,
): Promise<number | undefined> {
  const request = encodeRequest(methods.connectionBind, [having(connectionId, id)], { login })
  socket.write(Buffer.concat([request, Buffer.from(more)]))
  const header = await readBytes(socket, headerLength)
  const body = uint16At(header, 2) > 0 ? await readBytes(socket, uint16At(header, 2)) : header
  const bytes = body === header ? header : Buffer.concat([header, body])
  return idOrCode(parsed(bytes)).code
}

/** So many bytes of a stream, which is read no further; throws when it ends before. */
export async function readBytes(socket: Socket, length: number): Promise<Buffer> {
  for (;;) {
    const bytes: Buffer | null = socket.read(length)
    if (bytes?.length === length) return bytes
    if (socket.readableEnded || socket.destroyed) throw new Error('the stream has ended')
    await Promise.race([once(socket, 'readable'), once(socket, 'close')])
  }
}

/** All that still comes, as text; what the reader sends is left open. */
export async function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.resume()
  if (!socket.readableEnded) await once(socket, 'end')
  return `${Buffer.concat(chunks)}`
}

/** How a stream ends: in order or not. */
export function endOf(socket: Socket): Promise<'end' | 'reset'> {
  return new Promise((resolve) => {
    socket.once('end', () => resolve('end'))
    socket.once('error', () => resolve('reset'))
    socket.resume()
  })
}

/** A peer that listens; each connection waits in line, unread. */
export async function startPeer(t: Test): Promise<TcpPeer> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true })
  const waiting: Socket[] = []
  server.on('connection', (socket) => {
    socket.on('error', () => socket.destroy())
    t.teardown(() => socket.destroy())
    waiting.push(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return new TcpPeer(server, waiting)
}

/** See {@link startPeer}. */
export class TcpPeer {
  readonly port: number
  readonly #server: Server
  readonly #waiting: Socket[]

  constructor(server: Server, waiting: Socket[]) {
    const address = server.address()
    this.port = typeof address === 'object' && address ? address.port : 0
    this.#server = server
    this.#waiting = waiting
  }

  /** The next connection. */
  async next(): Promise<Socket> {
    while (this.#waiting.length === 0) await once(this.#server, 'connection')
    return this.#waiting.shift() ?? this.next()
  }
}

function idOrCode(
  message: StunMessage,
): Readonly<{ id?: number | undefined; code?: number | undefined }> {
  const read = readAttributes(message, { id: connectionId, code: errorCode })
  return read.ok ? read.value : {}
}

function parsed(bytes: Uint8Array): StunMessage {
  const message = parseStunMessage(bytes)
  if (!message.ok) throw new Error(message.fault)
  return message.value
}
