import { execFile } from 'node:child_process'
import { Agent, request } from 'node:https'
import { connect } from 'node:net'
import { guestIp } from './network.ts'

/** What a command in the guest came to. */
export type Outcome = Readonly<{ code: number; out: string; err: string }>

/** Runs commands in a guest as root, with the key that cloud-init gave it. */
export class GuestShell {
  readonly #options: readonly string[]

  constructor(keyFile: string) {
    this.#options = [
      ...['-i', keyFile, '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=20'],
      ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'],
      // A guest whose plug is pulled says no farewell.
      ...['-o', 'LogLevel=ERROR', '-o', 'ServerAliveInterval=10', '-o', 'ServerAliveCountMax=6'],
    ]
  }

  /** Runs a command line of the guest's shell; whatever it exits with is an answer. */
  run(command: string, input?: string): Promise<Outcome> {
    return this.#spawn('ssh', [...this.#options, `root@${guestIp}`, command], input)
  }

  /** As `run`, and throws unless it exits with 0; answers what it printed. */
  async must(command: string, input?: string): Promise<string> {
    const { code, out, err } = await this.run(command, input)
    if (code !== 0) throw new Error(`${command}: exit code ${code}\n${out}${err}`)
    return out
  }

  /** Copies a file into the guest. */
  async send(file: string, target: string): Promise<void> {
    await this.#copy(file, `root@${guestIp}:${target}`)
  }

  /** Copies a file out of the guest. */
  async fetch(source: string, target: string): Promise<void> {
    await this.#copy(`root@${guestIp}:${source}`, target)
  }

  async #copy(from: string, to: string): Promise<void> {
    const { code, err } = await this.#spawn('scp', [...this.#options, from, to])
    if (code !== 0) throw new Error(`${from} to ${to}: ${err}`)
  }

  #spawn(command: string, args: readonly string[], input?: string): Promise<Outcome> {
    return new Promise((resolve) => {
      const child = execFile(command, args, { maxBuffer: 2 ** 26 }, (error, out, err) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out, err })
      })
      child.stdin?.end(input)
    })
  }
}

const agent = new Agent({ rejectUnauthorized: false, keepAlive: false })

/** An answer of the guest's web server. */
export type Answer = Readonly<{ status: number; headers: NodeJS.Dict<string[]>; text: string }>

/** Asks the guest's web server; its certificate is its own. */
export function ask(
  path: string,
  {
    method = 'GET',
    body,
    headers = {},
  }: { method?: string; body?: object; headers?: NodeJS.Dict<string> } = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const sent = body === undefined ? undefined : JSON.stringify(body)
  const all = {
    ...headers,
    ...(sent === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(sent)) }),
  }
  const options = { host: guestIp, port: 443, path, method, agent, headers: all, timeout: 30_000 }
  const asked = request(options, (response) => {
    let text = ''
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
    response.once('end', () =>
      resolve({ status: response.statusCode ?? 0, headers: response.headersDistinct, text }),
    )
  })
  asked.once('timeout', () => asked.destroy(new Error(`${path}: no answer within 30 s`)))
  asked.once('error', reject)
  asked.end(sent)
  return promise
}

/** The admin of a guest, logged in. */
export class GuestAdmin {
  readonly #headers: Readonly<Record<string, string>>

  private constructor(cookie: string, csrf: string) {
    this.#headers = { cookie, 'x-csrf-token': csrf, origin: `https://${guestIp}` }
  }

  /** Sets the first password by the set-up code. */
  static setUp(code: string, password: string): Promise<GuestAdmin> {
    return GuestAdmin.#enter('/api/admin/setup', { code, password })
  }

  static logIn(password: string): Promise<GuestAdmin> {
    return GuestAdmin.#enter('/api/admin/login', { password })
  }

  static async #enter(path: string, body: object): Promise<GuestAdmin> {
    const headers = { origin: `https://${guestIp}` }
    const { status, headers: answered, text } = await ask(path, { method: 'POST', body, headers })
    if (status !== 200) throw new Error(`${path}: ${status} ${text}`)
    const [cookie = ''] = answered['set-cookie'] ?? []
    return new GuestAdmin(cookie.split(';')[0] ?? '', JSON.parse(text).csrf)
  }

  /** Asks the admin's API; throws unless it answers with 2xx. */
  async call(method: string, path: string, body?: object): Promise<unknown> {
    const { status, text } = await ask(path, {
      method,
      headers: this.#headers,
      ...(body === undefined ? {} : { body }),
    })
    if (status < 200 || status > 299) throw new Error(`${path}: ${status} ${text}`)
    return JSON.parse(text)
  }
}

/** Whether the guest takes TCP connections on a port; a firewall that drops says nothing, so it waits a little. */
export function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: guestIp, port, timeout: 3000 })
    const settle = (open: boolean) => {
      socket.destroy()
      resolve(open)
    }
    socket.once('connect', () => settle(true))
    socket.once('timeout', () => settle(false))
    socket.once('error', () => settle(false))
  })
}

/** Asks again and again until the guest answers that it is ready; the first answers are refusals, as nobody listens yet. */
export async function untilReady(limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs
  let last = ''
  while (performance.now() < deadline) {
    try {
      const { status, text } = await ask('/readyz')
      if (status === 200) return
      last = `${status} ${text}`
    } catch (error) {
      last = String(error)
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  throw new Error(`not ready within ${limitMs / 1000} s; last: ${last}`)
}
