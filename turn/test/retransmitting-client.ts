import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { nonce } from '../protocol/attributes/nonce.ts'
import { realm } from '../protocol/attributes/realm.ts'
import { classify } from '../protocol/classify.ts'
import { parseStunMessage, type StunMessage } from '../protocol/stun-message.ts'
import { codeOf } from './contract-client.ts'
import {
  type AttributeMaker,
  encodeRequest,
  type Login,
  newTransactionId,
} from './encode-request.ts'

/** Rc, how often a request is sent, and Rm, how many RTOs the last of them waits (RFC 8489 §6.2.1). */
const [mostSends, lastWait] = [7, 16]
const staleNonce = 438

/** A TURN client over UDP on a bad network; an RTO of 100 ms instead of 500 keeps the test short. */
export class RetransmittingClient {
  readonly rtoMs = 100
  /** How often requests were sent again. */
  resends = 0
  /** Answers to one request that were not alike. */
  readonly contradictions: string[] = []
  /** What came in ChannelData. */
  readonly arrived: Uint8Array[] = []
  login: Login
  readonly #socket: Socket
  readonly #port: number
  readonly #answers = new Map<string, Buffer>()
  readonly #waiting = new Map<string, (answer: Buffer) => void>()

  private constructor(socket: Socket, port: number, login: Login) {
    this.#socket = socket
    this.#port = port
    this.login = login
    socket.on('message', (bytes) => this.#receive(bytes))
  }

  static async open(
    port: number,
    user: Readonly<{ username: string; password: string }>,
  ): Promise<RetransmittingClient> {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new RetransmittingClient(socket, port, { ...user, realm: '', nonce: '' })
  }

  close(): void {
    this.#socket.close()
  }

  send(bytes: Uint8Array): void {
    this.#socket.send(bytes, this.#port, '127.0.0.1')
  }

  /** Asks until there is an answer, with a fresh nonce when the server wants one; throws when none comes. */
  async request(method: number, ...makers: readonly AttributeMaker[]): Promise<StunMessage> {
    for (;;) {
      const answer = await this.#exchange(method, makers)
      const code = codeOf(answer)
      const read = readAttributes(answer, { realm, nonce })
      const isChallenge = code === staleNonce || (code === 401 && this.login.nonce === '')
      if (!isChallenge || !read.ok || !read.value.realm || !read.value.nonce) return answer
      this.login = { ...this.login, realm: read.value.realm, nonce: read.value.nonce }
    }
  }

  async #exchange(method: number, makers: readonly AttributeMaker[]): Promise<StunMessage> {
    const transactionId = newTransactionId()
    const login = this.login.nonce === '' ? undefined : this.login
    const bytes = encodeRequest(method, makers, { login, transactionId })
    const key = Buffer.from(transactionId).toString('hex')
    const answer = await this.#untilAnswered(bytes, key)
    const parsed = parseStunMessage(answer)
    if (!parsed.ok) throw new Error(parsed.fault)
    return parsed.value
  }

  #untilAnswered(bytes: Uint8Array, key: string): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined
      const again = (sends: number): void => {
        if (sends > mostSends) {
          reject(new Error('no answer'))
          return
        }
        if (sends > 1) this.resends++
        this.send(bytes)
        const waitMs = this.rtoMs * (sends === mostSends ? lastWait : 2 ** (sends - 1))
        timer = setTimeout(again, waitMs, sends + 1)
      }
      this.#waiting.set(key, (answer) => {
        clearTimeout(timer)
        resolve(answer)
      })
      again(1)
    })
  }

  #receive(bytes: Buffer): void {
    if (classify(bytes) === 'channelData') {
      this.arrived.push(bytes)
      return
    }
    const key = bytes.subarray(8, 20).toString('hex')
    const before = this.#answers.get(key)
    if (before && !before.equals(bytes) && !isChallenge(bytes)) {
      this.contradictions.push(`${describe(before)}, then ${describe(bytes)}`)
    }
    this.#answers.set(key, bytes)
    this.#waiting.get(key)?.(bytes)
    this.#waiting.delete(key)
  }
}

/** For a stranger's request nothing is kept: its repetition may get a younger nonce. */
function isChallenge(bytes: Uint8Array): boolean {
  const parsed = parseStunMessage(bytes)
  return parsed.ok && [401, staleNonce].includes(codeOf(parsed.value) ?? 0)
}

function describe(bytes: Uint8Array): string {
  const parsed = parseStunMessage(bytes)
  if (!parsed.ok) return parsed.fault
  const { method, class: kind } = parsed.value
  return `method ${method} ${kind} ${codeOf(parsed.value) ?? ''}`.trimEnd()
}
