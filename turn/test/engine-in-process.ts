import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import {
  issueCredentials,
  type ListeningAddress,
  type TurnEngineOptions,
  type TurnEngineStats,
} from '../index.ts'
import type { RunningServer } from './contract-steps.ts'
import { sharedSecret } from './our-engine.ts'

/** How an engine's process is; the memory is what is held after a garbage collection. */
export type ProcessState = Readonly<{
  heldBytes: number
  descriptors: number
  stats: TurnEngineStats
  listening: readonly ListeningAddress[]
}>

/** An engine in a process of its own, so that its memory and descriptors are nobody else's. */
export class EngineInProcess implements RunningServer {
  readonly port: number
  readonly tcpPort: number
  readonly tlsPort: number
  readonly username: string
  readonly password: string
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, { listening }: ProcessState) {
    this.#child = child
    const portOf = (transport: string) =>
      listening.find((address) => address.transport === transport)?.port ?? 0
    this.port = portOf('udp')
    this.tcpPort = portOf('tcp')
    this.tlsPort = portOf('tls')
    const nowSeconds = Date.now() / 1000
    const issued = issueCredentials({
      secret: sharedSecret,
      id: 'alice',
      lifetimeSeconds: 600,
      nowSeconds,
    })
    this.username = issued.username
    this.password = issued.password
  }

  /** Starts one; `descriptors` is how many it may have open. */
  static async start(
    options: Partial<TurnEngineOptions> = {},
    descriptors = 4096,
  ): Promise<EngineInProcess> {
    const loopback = { ip: '127.0.0.1', port: 0 }
    const whole: TurnEngineOptions = {
      listen: { udp: [loopback], tcp: [loopback] },
      relay: { ip: '127.0.0.1', announcedIp: '127.0.0.1', portMin: 30_000, portMax: 32_700 },
      realm: 'calls.example',
      secrets: [sharedSecret],
      ownMedia: [],
      allowedPeers: ['127.0.0.0/8'],
      rethrowBugs: true,
      ...options,
    }
    const script = fileURLToPath(new URL('engine-process.ts', import.meta.url))
    const child = spawn(
      'sh',
      [
        '-c',
        `ulimit -n ${descriptors}; exec "$0" "$@"`,
        process.execPath,
        '--expose-gc',
        script,
        JSON.stringify(whole),
      ],
      { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
    )
    return new EngineInProcess(child, await stateOf(child))
  }

  /** How it is; throws when it has ended. */
  state(): Promise<ProcessState> {
    this.#child.send('state')
    return stateOf(this.#child)
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'exit')
    if (this.#child.exitCode !== null) return
    this.#child.disconnect()
    await ended
  }
}

async function stateOf(child: ChildProcess): Promise<ProcessState> {
  const told = new AbortController()
  const { signal } = told
  try {
    const [state] = await Promise.race([
      once(child, 'message', { signal }),
      once(child, 'exit', { signal }).then(() => {
        throw new Error('the engine process has ended')
      }),
    ])
    return state as ProcessState
  } finally {
    told.abort()
  }
}
