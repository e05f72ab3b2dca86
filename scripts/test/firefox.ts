import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { WebSocket } from 'ws'
import type { CertificateAuthority } from './certificate-authority.ts'

/** Debian's Firefox. */
export const firefoxPath = '/usr/bin/firefox-esr'

const untilMs = 20_000

/** Fake microphones and cameras, and neither questions nor calls home. */
const preferences = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
  'dom.min_background_timeout_value': 4,
  'dom.timeout.enable_budget_timer_throttling': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'app.update.auto': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
}

/** An authority whose certificates it shall trust. */
export type FirefoxOptions = Readonly<{ authority?: CertificateAuthority }>

/** A page of Firefox. */
export type FirefoxPage = Readonly<{
  /** What the expression gives, as far as JSON tells it. */
  evaluate(expression: string): Promise<unknown>
  /** Resolves when the expression is true, or promises to be; rejects after 20 s. */
  until(expression: string): Promise<void>
  close(): Promise<void>
}>

/** A headless Firefox, driven by WebDriver BiDi. */
export class Firefox {
  readonly #process: ChildProcess
  readonly #socket: WebSocket
  readonly #profile: string
  readonly #waiting = new Map<number, (reply: BidiReply) => void>()
  #lastId = 0

  private constructor(process: ChildProcess, socket: WebSocket, profile: string) {
    this.#process = process
    this.#socket = socket
    this.#profile = profile
    socket.on('message', (text) => {
      const reply: BidiReply = JSON.parse(String(text))
      this.#waiting.get(reply.id ?? 0)?.(reply)
    })
  }

  static async start(options: FirefoxOptions = {}): Promise<Firefox> {
    const profile = await mkdtemp(join(tmpdir(), 'callbox-firefox-'))
    options.authority?.trustIn(profile)
    const lines = Object.entries(preferences).map(
      ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
    )
    await writeFile(join(profile, 'user.js'), lines.join('\n'))
    const child = spawn(
      firefoxPath,
      ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0'],
      { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, HOME: profile } },
    )
    const socket = new WebSocket(`${await addressOf(child)}/session`)
    await once(socket, 'open')
    const firefox = new Firefox(child, socket, profile)
    await firefox.#send('session.new', { capabilities: {} })
    return firefox
  }

  /** Opens a page in a window of its own. */
  async openPage(url = 'about:blank'): Promise<FirefoxPage> {
    const { context } = await this.#send('browsingContext.create', { type: 'window' })
    await this.#send('browsingContext.navigate', { context, url, wait: 'complete' })
    const run = async (expression: string) => {
      const { result, exceptionDetails } = await this.#send('script.evaluate', {
        expression,
        target: { context },
        awaitPromise: true,
        userActivation: true,
      })
      if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.text}`)
      return result?.value
    }
    return {
      evaluate: async (expression) => {
        const text = await run(`(async () => JSON.stringify(await (${expression})))()`)
        return text === undefined ? undefined : JSON.parse(text)
      },
      until: async (expression) => void (await run(untilScript(expression))),
      close: async () => void (await this.#send('browsingContext.close', { context })),
    }
  }

  async close(): Promise<void> {
    const ended = once(this.#process, 'exit')
    this.#process.kill()
    await ended
    this.#socket.terminate()
    await rm(this.#profile, { recursive: true, force: true })
  }

  async #send(method: string, params: Readonly<Record<string, unknown>>): Promise<BidiResult> {
    this.#lastId += 1
    const id = this.#lastId
    const { promise, resolve } = Promise.withResolvers<BidiReply>()
    this.#waiting.set(id, resolve)
    this.#socket.send(JSON.stringify({ id, method, params }))
    const reply = await promise
    this.#waiting.delete(id)
    if (!reply.result) throw new Error(`${method}: ${reply.message}`)
    return reply.result
  }
}

function untilScript(expression: string): string {
  return `new Promise((resolve, reject) => {
    const timer = setInterval(async () => {
      try {
        if (!(await (${expression}))) return
        clearInterval(timer)
        resolve()
      } catch (error) {
        clearInterval(timer)
        reject(error)
      }
    }, 50)
    setTimeout(() => {
      clearInterval(timer)
      reject(new Error('not true within ${untilMs} ms'))
    }, ${untilMs})
  })`
}

type BidiResult = Readonly<{
  context?: string
  result?: { value?: string }
  exceptionDetails?: { text: string }
}>

type BidiReply = Readonly<{ id?: number; result?: BidiResult; message?: string }>

/** Firefox tells on stderr where it listens. */
async function addressOf({ stderr }: ChildProcess): Promise<string> {
  if (!stderr) throw new Error('no stderr')
  for await (const line of createInterface({ input: stderr })) {
    const [, address] = /WebDriver BiDi listening on (\S+)/.exec(line) ?? []
    if (address) {
      stderr.resume()
      return address
    }
  }
  throw new Error('Firefox ended before it listened')
}
