import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { WebSocket } from 'ws'
import type { PeerBrowser, PeerPage } from './browser-peer.ts'

/** Debian's Firefox. */
export const firefoxPath = '/usr/bin/firefox-esr'

const preferences = {
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
  'dom.min_background_timeout_value': 4,
  'dom.timeout.enable_budget_timer_throttling': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'app.update.auto': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
}

/** A headless Firefox, driven by WebDriver BiDi. */
export class Firefox implements PeerBrowser {
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

  static async start(): Promise<Firefox> {
    const profile = await mkdtemp(join(tmpdir(), 'callbox-firefox-'))
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
    await firefox.send('session.new', { capabilities: {} })
    return firefox
  }

  async newPage(): Promise<PeerPage> {
    const { context } = await this.send('browsingContext.create', { type: 'window' })
    const script = await readFile(`${import.meta.dirname}/peer-page.js`, 'utf8')
    const evaluate = async (expression: string) => {
      const { result, exceptionDetails } = await this.send('script.evaluate', {
        expression,
        target: { context },
        awaitPromise: true,
        userActivation: true,
      })
      if (exceptionDetails) throw new Error(exceptionDetails.text)
      return result?.value
    }
    await evaluate(`{ ${script} } undefined`)
    return {
      evaluate: async (expression) => {
        const text = await evaluate(`(async () => JSON.stringify(await (${expression})))()`)
        return text === undefined ? undefined : JSON.parse(text)
      },
      until: async (expression) => {
        await evaluate(`new Promise((resolve, reject) => {
          const timer = setInterval(async () => {
            if (await (${expression})) { clearInterval(timer); resolve() }
          }, 50)
          setTimeout(() => reject(new Error(${JSON.stringify(expression)})), 15000)
        })`)
      },
      close: async () => void (await this.send('browsingContext.close', { context })),
    }
  }

  async close(): Promise<void> {
    const ended = once(this.#process, 'exit')
    this.#process.kill()
    await ended
    this.#socket.terminate()
    await rm(this.#profile, { recursive: true, force: true })
  }

  async send(method: string, params: Readonly<Record<string, unknown>>): Promise<BidiResult> {
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
