import { readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { errorCode } from '../protocol/attributes/error-code.ts'
import { nonce } from '../protocol/attributes/nonce.ts'
import { realm } from '../protocol/attributes/realm.ts'
import { requestedTransport } from '../protocol/attributes/requested-transport.ts'
import { xorRelayedAddress } from '../protocol/attributes/xor-relayed-address.ts'
import { verifyIntegrity } from '../protocol/integrity.ts'
import { methods } from '../protocol/methods.ts'
import { parseStunMessage, type StunMessage } from '../protocol/stun-message.ts'
import { type AttributeMaker, encodeRequest, having, keyOf, type Login } from './encode-request.ts'
import { UdpEndpoint } from './udp-endpoint.ts'

/** How long an answer on loopback may take before it counts as missing. */
export const answerWithinMs = 1500
/** How long to listen for what must not come, when no later message proves that it did not. */
export const silenceMs = 300

/** A TURN client over UDP that fails loudly. */
export class ContractClient {
  readonly endpoint: UdpEndpoint
  readonly #serverPort: number
  login: Login

  private constructor(endpoint: UdpEndpoint, serverPort: number, login: Login) {
    this.endpoint = endpoint
    this.#serverPort = serverPort
    this.login = login
  }

  static async open(
    server: Readonly<{ port: number; username: string; password: string }>,
  ): Promise<ContractClient> {
    const { port, username, password } = server
    const login = { username, password, realm: '', nonce: '' }
    return new ContractClient(await UdpEndpoint.open(), port, login)
  }

  close(): void {
    this.endpoint.close()
  }

  /** Sends bytes to the server. */
  send(bytes: Uint8Array): void {
    this.endpoint.send(bytes, this.#serverPort)
  }

  /** The next message of the server, parsed; throws when none comes or it is no STUN. */
  async nextMessage(): Promise<StunMessage> {
    const parsed = parseStunMessage(await this.nextBytes())
    if (!parsed.ok) throw new Error(`answer is no STUN message: ${parsed.fault}`)
    return parsed.value
  }

  /** The next message of the server; throws when none comes. */
  async nextBytes(): Promise<Uint8Array> {
    const arrival = await this.endpoint.next(answerWithinMs)
    if (!arrival) throw new Error('no answer')
    return arrival.bytes
  }

  /** Sends a signed request and takes its answer. */
  request(method: number, ...attributes: readonly AttributeMaker[]): Promise<StunMessage> {
    this.send(encodeRequest(method, attributes, { login: this.login }))
    return this.nextMessage()
  }

  /** Learns realm and nonce from the 401 of an unsigned Allocate. */
  async learnNonce(): Promise<void> {
    this.send(encodeRequest(methods.allocate, [having(requestedTransport, 17)]))
    const answer = await this.nextMessage()
    const read = readAttributes(answer, { realm, nonce })
    if (!read.ok || !read.value.realm || !read.value.nonce) throw new Error('no realm or nonce')
    this.login = { ...this.login, realm: read.value.realm, nonce: read.value.nonce }
  }

  /** Learns a nonce and allocates; returns the relay port. */
  async allocate(...attributes: readonly AttributeMaker[]): Promise<number> {
    await this.learnNonce()
    const answer = await this.request(
      methods.allocate,
      having(requestedTransport, 17),
      ...attributes,
    )
    const read = readAttributes(answer, { relayed: xorRelayedAddress })
    if (!read.ok || !read.value.relayed) throw new Error(`no relayed address: ${codeOf(answer)}`)
    return read.value.relayed.port
  }

  /** Whether a message is signed with the client's key. */
  signed(message: StunMessage): boolean {
    return verifyIntegrity(message, keyOf(this.login))
  }
}

/** The error code of an answer; undefined for a success. */
export function codeOf(answer: StunMessage): number | undefined {
  const read = readAttributes(answer, { code: errorCode })
  return read.ok ? read.value.code : undefined
}
