import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { FromWorker, InheritedSocket, ToWorker } from './messages.ts'

/** What happens at the other end. `onExit` comes once and last. */
export type WorkerEvents = Readonly<{
  onMessage: (message: FromWorker) => void
  /** A line the process wrote past its log, as it does when it dies. */
  onNoise: (line: string) => void
  onExit: (how: string) => void
}>

/** One worker process, seen from its parent. */
export interface WorkerChannel {
  readonly pid: number | undefined
  /** Does nothing once the process is gone. */
  send(message: ToWorker): void
  /** Ends the process at once. */
  kill(): void
}

/** Starts a worker process that is born with these sockets; they stay the caller's too. */
export type SpawnWorker = (
  sockets: readonly BoundPort[] | undefined,
  events: WorkerEvents,
) => Readonly<{ channel: WorkerChannel; inherited: readonly InheritedSocket[] | undefined }>

/** A bound socket by the caller's file descriptor. */
export type BoundPort = Readonly<{ ip: string; port: number; fd: number }>

const firstInheritedFd = 4 // after stdin, stdout, stderr and the channel
const longestNoise = 2000

/** Starts `worker.ts` as processes of their own, without the parent's environment and flags. */
export function spawnWorkerProcesses(compileCache: string | undefined): SpawnWorker {
  const script = fileURLToPath(new URL('./worker.ts', import.meta.url))
  return (sockets, events) => {
    const child = fork(script, [], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc', ...(sockets ?? []).map(({ fd }) => fd)],
      serialization: 'advanced',
      env: compileCache === undefined ? {} : { NODE_COMPILE_CACHE: compileCache },
      execArgv: [],
    })
    const inherited = sockets?.map(({ ip, port }, i) => ({ ip, port, fd: firstInheritedFd + i }))
    return { channel: new ProcessChannel(child, events), inherited }
  }
}

class ProcessChannel implements WorkerChannel {
  readonly #child: ChildProcess

  constructor(child: ChildProcess, events: WorkerEvents) {
    this.#child = child
    child.on('message', (message) => events.onMessage(message as FromWorker))
    let failure: string | undefined
    child.on('error', (error) => {
      failure = error.message
      // A process that never began has no exit to tell.
      if (child.pid === undefined) events.onExit(failure)
    })
    child.on('exit', (code, signal) => events.onExit(failure ?? signal ?? `code ${code}`))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      events.onNoise(text.slice(0, longestNoise).trimEnd())
    })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  send(message: ToWorker): void {
    // The callback takes the error of a process that has just gone; its exit is told anyway.
    if (this.#child.connected) this.#child.send(message, () => undefined)
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }
}
