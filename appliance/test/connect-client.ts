import { once } from 'node:events'
import { type RequestOptions, request } from 'node:https'
import { SignJWT } from 'jose'
import type { ConnectDetails, LivekitSecret, Status } from '#api'
import type { RunningAppliance } from './running-appliance.ts'

const PASSWORD = 'correct horse battery'
const CONNECT = '/api/admin/connect'

type Reply = Readonly<{ status: number; text: string; cookie: string }>

/** An admin's page as far as the settings of chat servers go. */
export class ConnectClient {
  readonly origin: string
  readonly #cookie: string
  readonly #csrf: string

  private constructor(origin: string, { cookie, text }: Reply) {
    this.origin = origin
    this.#cookie = cookie
    this.#csrf = JSON.parse(text).csrf
  }

  /** Sets the password by the set-up link. */
  static async setUp({ setupLink }: RunningAppliance, origin: string): Promise<ConnectClient> {
    const code = new URL(setupLink).searchParams.get('code')
    return ConnectClient.#enter(origin, '/api/admin/setup', { code, password: PASSWORD })
  }

  static logIn(origin: string): Promise<ConnectClient> {
    return ConnectClient.#enter(origin, '/api/admin/login', { password: PASSWORD })
  }

  static async #enter(origin: string, path: string, body: object): Promise<ConnectClient> {
    const reply = await exchange(origin + path, 'POST', { origin }, body)
    if (reply.status !== 200) throw new Error(reply.text)
    return new ConnectClient(origin, reply)
  }

  details(): Promise<ConnectDetails> {
    return this.#ask('GET', CONNECT)
  }

  status(): Promise<Status> {
    return this.#ask('GET', '/api/admin/status')
  }

  test(): Promise<ConnectDetails> {
    return this.#ask('POST', `${CONNECT}/test`)
  }

  rotateKey(): Promise<LivekitSecret> {
    return this.#ask('POST', `${CONNECT}/livekit-keys`)
  }

  revealKey(key: string): Promise<LivekitSecret> {
    return this.#ask('POST', `${CONNECT}/livekit-keys/${key}/reveal`, { password: PASSWORD })
  }

  retireKey(key: string): Promise<ConnectDetails> {
    return this.#ask('DELETE', `${CONNECT}/livekit-keys/${key}`)
  }

  /** A token as a chat server makes it. */
  sign(key: string, secret: string): Promise<string> {
    return new SignJWT({ video: { roomJoin: true, room: 'any' } })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(key)
      .setSubject('ada')
      .setExpirationTime('10 minutes')
      .sign(new TextEncoder().encode(secret))
  }

  /** The status with which the LiveKit door answers a token. */
  async validate(token: string): Promise<number> {
    const url = `${this.origin}/rtc/validate?access_token=${token}`
    return (await exchange(url, 'GET', {})).status
  }

  async #ask<T>(method: string, path: string, body?: object): Promise<T> {
    const headers = { origin: this.origin, cookie: this.#cookie, 'x-csrf-token': this.#csrf }
    const { status, text } = await exchange(this.origin + path, method, headers, body)
    if (status !== 200) throw new Error(`${method} ${path}: ${status} ${text}`)
    return JSON.parse(text)
  }
}

/** Believes any certificate: it is the appliance that judges it. */
async function exchange(
  url: string,
  method: string,
  headers: Record<string, string>,
  body: object = {},
): Promise<Reply> {
  const options: RequestOptions = { method, agent: false, rejectUnauthorized: false }
  const type = { 'content-type': 'application/json' }
  const outgoing = request(url, { ...options, headers: { ...type, ...headers } })
  outgoing.end(method === 'POST' ? JSON.stringify(body) : undefined)
  const [incoming] = await once(outgoing, 'response')
  let text = ''
  for await (const chunk of incoming) text += chunk
  const cookie = String(incoming.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? ''
  return { status: incoming.statusCode, text, cookie }
}
