import { randomBytes } from 'node:crypto'
import type { PeerCertificate } from 'node:tls'
import { type AttributeCodec, readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { channelNumber } from '../protocol/attributes/channel-number.ts'
import { errorCode } from '../protocol/attributes/error-code.ts'
import { lifetime } from '../protocol/attributes/lifetime.ts'
import { nonce } from '../protocol/attributes/nonce.ts'
import { realm } from '../protocol/attributes/realm.ts'
import { requestedAddressFamily } from '../protocol/attributes/requested-address-family.ts'
import { requestedTransport } from '../protocol/attributes/requested-transport.ts'
import { username } from '../protocol/attributes/username.ts'
import { xorPeerAddress } from '../protocol/attributes/xor-peer-address.ts'
import { xorRelayedAddress } from '../protocol/attributes/xor-relayed-address.ts'
import {
  type ChannelNumber,
  encodeChannelData,
  parseChannelData,
} from '../protocol/channel-data.ts'
import { classify } from '../protocol/classify.ts'
import { longTermKey } from '../protocol/integrity.ts'
import { methods } from '../protocol/methods.ts'
import {
  encodeStunMessage,
  parseStunMessage,
  type RawAttribute,
  type StunMessage,
  type TransactionId,
} from '../protocol/stun-message.ts'
import { familyOf, type TransportAddress } from '../protocol/transport-address.ts'
import { type ClientLink, type ClientTarget, openLink } from './client-link.ts'

/** Whom a client logs in as. */
export type ClientLogin = Readonly<{ username: string; password: string }>

/** Why a request came to nothing: the server's error code, or `undefined` when it did not answer. */
export class TurnRequestError extends Error {
  readonly code: number | undefined
  /** Whether all there is to say is that nothing came in time. */
  readonly isSilence: boolean

  constructor(message: string, code?: number) {
    super(message)
    this.name = 'TurnRequestError'
    this.code = code
    this.isSilence = message === noAnswer
  }
}

const noAnswer = 'no answer'

type AttributeMaker = (transactionId: TransactionId) => RawAttribute
type Waiting = Readonly<{ resolve: (answer: StunMessage) => void; reject: (e: Error) => void }>

/** When a request is sent again over UDP: RTO 500 ms, doubling (RFC 8489 §6.2.1), cut short. */
const resendAtMs = [500, 1500]
const giveUpMs = 4000
const udpProtocol = 17 // IANA protocol numbers
const firstChannel = 0x4000 // RFC 8656 §12
const wrongLogin = 401
const staleNonce = 438

/** A small TURN client (RFC 8656) with one relay, for tests of a server from outside. */
export class TurnClient {
  readonly #login: ClientLogin
  readonly #waiting = new Map<string, Waiting>()
  #link: ClientLink | undefined
  #challenge: Readonly<{ realm: string; nonce: string }> | undefined
  #closed: string | undefined
  #channel = firstChannel - 1
  /** Called with each payload that comes over the latest channel. */
  onPayload: (payload: Uint8Array) => void = () => undefined

  private constructor(login: ClientLogin) {
    this.#login = login
  }

  /** Connects; rejects with the system's error, or a TurnRequestError when nobody answers within 4 s. */
  static async connect(target: ClientTarget, login: ClientLogin): Promise<TurnClient> {
    const client = new TurnClient(login)
    const events = {
      onMessage: (bytes: Uint8Array) => client.#receive(bytes),
      onClose: (reason: string) => client.#fail(reason),
    }
    const giveUp = AbortSignal.timeout(giveUpMs)
    try {
      client.#link = await openLink(target, events, giveUp)
    } catch (error) {
      throw giveUp.aborted ? new TurnRequestError(noAnswer) : error
    }
    return client
  }

  /** What the server showed in the TLS handshake. */
  get certificate(): PeerCertificate | undefined {
    return this.#link?.certificate
  }

  /** Makes the relay and answers its address. Throws a TurnRequestError, like all requests. */
  async allocate(family: 4 | 6): Promise<TransportAddress> {
    const answer = await this.#request(
      methods.allocate,
      having(requestedTransport, udpProtocol),
      having(requestedAddressFamily, family),
    )
    const read = readAttributes(answer, { relayed: xorRelayedAddress })
    if (read.ok && read.value.relayed) return read.value.relayed
    throw new TurnRequestError('the answer names no relay')
  }

  /** Asks to let packets of an IP through. */
  async createPermission(ip: string): Promise<void> {
    await this.#request(methods.createPermission, having(xorPeerAddress, peer(ip, 1)))
  }

  /** Binds a channel of its own to a peer. */
  async bindChannel(at: Readonly<{ ip: string; port: number }>): Promise<void> {
    this.#channel++
    await this.#request(
      methods.channelBind,
      having(channelNumber, this.#channel as ChannelNumber),
      having(xorPeerAddress, peer(at.ip, at.port)),
    )
  }

  /** Sends a payload over the latest channel. */
  send(payload: Uint8Array): void {
    const channel = this.#channel as ChannelNumber
    this.#link?.send(encodeChannelData(channel, payload, this.#link.reliable))
  }

  /** Gives the relay back. */
  async release(): Promise<void> {
    await this.#request(methods.refresh, having(lifetime, 0))
  }

  /** Hangs up; requests that still wait are rejected. */
  close(): void {
    this.#fail('closed')
    this.#link?.close()
  }

  /** Answers the challenge of the first request, and of a nonce that grew old. */
  async #request(method: number, ...makers: AttributeMaker[]): Promise<StunMessage> {
    const known = this.#challenge !== undefined
    const answer = await this.#exchange(method, makers)
    const code = codeOf(answer)
    if (code === undefined) return answer
    const asksAgain = code === staleNonce || (code === wrongLogin && !known)
    if (!asksAgain || !this.#takeChallenge(answer)) throw refusal(code)
    const second = await this.#exchange(method, makers)
    const again = codeOf(second)
    if (again !== undefined) throw refusal(again)
    return second
  }

  #takeChallenge(answer: StunMessage): boolean {
    const read = readAttributes(answer, { realm, nonce })
    if (!read.ok || !read.value.realm || !read.value.nonce) return false
    this.#challenge = { realm: read.value.realm, nonce: read.value.nonce }
    return true
  }

  async #exchange(method: number, makers: readonly AttributeMaker[]): Promise<StunMessage> {
    const link = this.#link
    if (!link || this.#closed !== undefined) throw new TurnRequestError(this.#closed ?? 'closed')
    const transactionId = Uint8Array.from(randomBytes(12)) as TransactionId
    const bytes = this.#encode(method, makers, transactionId)
    const key = keyOf(transactionId)
    const { promise, resolve, reject } = Promise.withResolvers<StunMessage>()
    this.#waiting.set(key, { resolve, reject })
    const again = link.reliable ? [] : resendAtMs
    const timers = again.map((delayMs) => setTimeout(() => link.send(bytes), delayMs))
    timers.push(setTimeout(() => reject(new TurnRequestError(noAnswer)), giveUpMs))
    link.send(bytes)
    try {
      return await promise
    } finally {
      for (const timer of timers) clearTimeout(timer)
      this.#waiting.delete(key)
    }
  }

  #encode(
    method: number,
    makers: readonly AttributeMaker[],
    transactionId: TransactionId,
  ): Uint8Array {
    const challenge = this.#challenge
    const { username: name, password } = this.#login
    const signed: AttributeMaker[] = challenge
      ? [having(username, name), having(realm, challenge.realm), having(nonce, challenge.nonce)]
      : []
    const attributes = [...makers, ...signed].map((make) => make(transactionId))
    const key = challenge && longTermKey(name, challenge.realm, password)
    const message = { class: 'request', method, transactionId, attributes } as const
    return encodeStunMessage(message, { key, fingerprint: true })
  }

  #receive(bytes: Uint8Array): void {
    if (classify(bytes) === 'channelData') {
      const data = parseChannelData(bytes)
      if (data.ok && data.value.channel === this.#channel) this.onPayload(data.value.payload)
      return
    }
    const parsed = parseStunMessage(bytes)
    if (parsed.ok) this.#waiting.get(keyOf(parsed.value.transactionId))?.resolve(parsed.value)
  }

  #fail(reason: string): void {
    this.#closed ??= reason
    for (const { reject } of this.#waiting.values()) reject(new TurnRequestError(reason))
  }
}

function having<T>(codec: AttributeCodec<T>, value: T): AttributeMaker {
  return (transactionId) => ({ type: codec.type, value: codec.encode(value, transactionId) })
}

function peer(ip: string, port: number): TransportAddress {
  return { family: familyOf(ip) ?? 4, ip, port }
}

function codeOf(answer: StunMessage): number | undefined {
  if (answer.class === 'success') return undefined
  const read = readAttributes(answer, { code: errorCode })
  return (read.ok ? read.value.code : undefined) ?? 500
}

function refusal(code: number): TurnRequestError {
  return new TurnRequestError(`refused with ${code}`, code)
}

function keyOf(transactionId: TransactionId): string {
  return Buffer.from(transactionId).toString('hex')
}
