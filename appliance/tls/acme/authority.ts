import { FlattenedSign } from 'jose'
import { z } from 'zod'
import type { AccountKey } from './account-keys.ts'
import { type AcmeAnswer, type Exchange, retryAfterMs } from './exchange.ts'
import { AcmeError, parseProblem, refusedRequest } from './problems.ts'

const directorySchema = z.object({
  newNonce: z.url(),
  newAccount: z.url(),
  newOrder: z.url(),
  meta: z.object({ externalAccountRequired: z.boolean().optional() }).optional(),
})

const accountSchema = z.object({ contact: z.array(z.string()).optional() })

type Directory = z.output<typeof directorySchema>

/** A nonce is refused now and then by right; an authority that takes none has other trouble. */
const NONCE_TRIES = 12

/** An ACME authority and our account with it: requests are signed, with a nonce each (RFC 8555 §6). */
export class Authority {
  readonly #exchange: Exchange
  readonly #directory: Directory
  readonly #now: () => number
  readonly key: AccountKey
  #nonces: string[] = []
  #accountUrl: string | undefined

  private constructor(
    exchange: Exchange,
    directory: Directory,
    key: AccountKey,
    now: () => number,
  ) {
    this.#exchange = exchange
    this.#directory = directory
    this.key = key
    this.#now = now
  }

  /** Reads the authority's directory (RFC 8555 §7.1.1). Throws an `AcmeError`. */
  static async find(
    exchange: Exchange,
    directoryUrl: string,
    key: AccountKey,
    now: () => number = Date.now,
  ): Promise<Authority> {
    const answer = await exchange.send({ method: 'GET', url: directoryUrl })
    const directory = answer.status === 200 ? parseJson(answer, directorySchema) : undefined
    if (directory === undefined) {
      throw new AcmeError(
        'ACME_UNREACHABLE',
        `At ${directoryUrl} there is no ACME directory (status ${answer.status}).`,
        'Correct the directory URL: the authority tells it. It is tried again by itself.',
        { retryAfterMs: retryAfterMs(answer, now()) },
      )
    }
    return new Authority(exchange, directory, key, now)
  }

  /** Registers our key, or finds the account that it has (RFC 8555 §7.3). The terms were agreed to before. */
  async openAccount(email: string): Promise<void> {
    const contact = email === '' ? [] : [`mailto:${email}`]
    const { newAccount } = this.#directory
    const answer = await this.post(newAccount, { termsOfServiceAgreed: true, contact })
    const url = answer.header('location')
    if (url === undefined) throw broken('it named no account')
    this.#accountUrl = url
    const known = parseJson(answer, accountSchema)?.contact
    const isOld = answer.status === 200 && known !== undefined
    if (isOld && known.join() !== contact.join()) await this.post(url, { contact })
  }

  /** Orders a certificate (RFC 8555 §7.4); answers the order and its address. */
  async newOrder(domain: string): Promise<AcmeAnswer> {
    return this.post(this.#directory.newOrder, { identifiers: [{ type: 'dns', value: domain }] })
  }

  /**
   * Sends a signed request; without a payload it only reads (RFC 8555 §6.3). A refused nonce is replaced
   * and the request sent again. Throws an `AcmeError` for every other refusal.
   */
  async post(url: string, payload?: object, accept?: string): Promise<AcmeAnswer> {
    for (let tries = 1; ; tries += 1) {
      const answer = await this.#exchange.send({
        method: 'POST',
        url,
        headers: {
          'content-type': 'application/jose+json',
          ...(accept === undefined ? {} : { accept }),
        },
        body: await this.#sign(url, payload),
      })
      this.#keepNonce(answer)
      if (answer.status < 400) return answer
      const problem = parseProblem(jsonOf(answer))
      if (problem.type === 'badNonce' && tries < NONCE_TRIES) continue
      throw refusedRequest(problem, answer.status, retryAfterMs(answer, this.#now()))
    }
  }

  async #sign(url: string, payload: object | undefined): Promise<string> {
    const bytes = new TextEncoder().encode(payload === undefined ? '' : JSON.stringify(payload))
    const who =
      this.#accountUrl === undefined ? { jwk: this.key.publicJwk } : { kid: this.#accountUrl }
    const header = { alg: 'ES256', nonce: await this.#takeNonce(), url, ...who }
    const signed = await new FlattenedSign(bytes)
      .setProtectedHeader(header)
      .sign(this.key.privateKey)
    return JSON.stringify(signed)
  }

  async #takeNonce(): Promise<string> {
    const kept = this.#nonces.pop()
    if (kept !== undefined) return kept
    const answer = await this.#exchange.send({ method: 'HEAD', url: this.#directory.newNonce })
    const nonce = nonceOf(answer)
    if (nonce === undefined) throw broken('it gave no nonce')
    return nonce
  }

  #keepNonce(answer: AcmeAnswer): void {
    const nonce = nonceOf(answer)
    if (nonce !== undefined) this.#nonces = [nonce]
  }
}

function nonceOf(answer: AcmeAnswer): string | undefined {
  const text = answer.header('replay-nonce')
  return text !== undefined && /^[\w-]+$/.test(text) ? text : undefined // RFC 8555 §6.5.1
}

/** Reads an answer's JSON; `undefined` when it is something else. */
export function parseJson<T>(answer: AcmeAnswer, schema: z.ZodType<T>): T | undefined {
  return schema.safeParse(jsonOf(answer)).data
}

function jsonOf({ text }: AcmeAnswer): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // an authority in trouble answers with pages
  }
}

/** An authority that does not keep to the protocol. */
export function broken(what: string): AcmeError {
  return new AcmeError(
    'ACME_REFUSED',
    `The authority does not answer as RFC 8555 wants it: ${what}.`,
    'Check the directory URL, or choose another authority.',
  )
}
