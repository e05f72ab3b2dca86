import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { nonce } from '../protocol/attributes/nonce.ts'
import { realm } from '../protocol/attributes/realm.ts'
import { requestedTransport } from '../protocol/attributes/requested-transport.ts'
import { xorRelayedAddress } from '../protocol/attributes/xor-relayed-address.ts'
import { methods } from '../protocol/methods.ts'
import { StreamSplitter } from '../protocol/stream-splitter.ts'
import { parseStunMessage, type StunMessage } from '../protocol/stun-message.ts'
import { type AttributeMaker, encodeRequest, having, type Login } from './encode-request.ts'

/** A TURN client over TCP or TLS. */
export class TcpClient {
  readonly socket: Socket
  readonly closed: Promise<unknown>
  login: Login
  readonly #splitter = new StreamSplitter()

  private constructor(socket: Socket, login: Login) {
    this.socket = socket
    this.login = login
    this.closed = once(socket, 'close')
    socket.on('data', (chunk: Uint8Array) => this.#splitter.push(chunk))
  }

  static async open(
    server: Readonly<{ tcpPort: number; username: string; password: string }>,
  ): Promise<TcpClient> {
    const socket = connect(server.tcpPort, '127.0.0.1')
    await once(socket, 'connect')
    return TcpClient.over(socket, server)
  }

  /** The same over a connection that is there already, for example one with TLS. */
  static over(
    socket: Socket,
    { username, password }: Readonly<{ username: string; password: string }>,
  ): TcpClient {
    return new TcpClient(socket, { username, password, realm: '', nonce: '' })
  }

  /** The next message of the server; throws when the connection ends first. */
  async nextBytes(): Promise<Uint8Array> {
    for (;;) {
      const next = this.#splitter.next()
      if (next === 'fault') throw new Error('the server sent no TURN')
      if (next !== 'more') return next
      const [chunk] = await Promise.race([once(this.socket, 'data'), this.closed.then(() => [])])
      if (chunk === undefined) throw new Error('the server hung up')
    }
  }

  /** Sends a signed request and takes its answer. */
  async request(method: number, ...attributes: readonly AttributeMaker[]): Promise<StunMessage> {
    const { login } = this
    this.socket.write(encodeRequest(method, attributes, login.nonce ? { login } : {}))
    const parsed = parseStunMessage(await this.nextBytes())
    if (!parsed.ok) throw new Error(parsed.fault)
    return parsed.value
  }

  /** Learns a nonce and allocates, by default for UDP to peers; returns the relay port. */
  async allocate(protocol = 17): Promise<number> {
    const challenge = readAttributes(await this.request(methods.allocate), { realm, nonce })
    if (!challenge.ok || !challenge.value.realm || !challenge.value.nonce)
      throw new Error('no nonce')
    this.login = { ...this.login, realm: challenge.value.realm, nonce: challenge.value.nonce }
    const answer = await this.request(methods.allocate, having(requestedTransport, protocol))
    const read = readAttributes(answer, { relayed: xorRelayedAddress })
    if (!read.ok || !read.value.relayed) throw new Error('no relayed address')
    return read.value.relayed.port
  }
}
