import { flushCompileCache } from 'node:module'
import { performance } from 'node:perf_hooks'
import { SocketTurnEngine } from '../engine.ts'
import { TurnError } from '../errors.ts'
import { removeOrphanedCache } from './compile-cache.ts'
import type { ToWorker } from './messages.ts'
import { openParentChannel, type ParentChannel } from './parent-channel.ts'
import { RemotePlaces } from './remote-places.ts'
import { WorkerLog } from './worker-log.ts'
import { WorkerReports } from './worker-reports.ts'

type Start = Extract<ToWorker, { type: 'start' }>

/** The engine of a worker process and what ties it to the parent. */
class Worker {
  readonly #parent: ParentChannel
  readonly #places: RemotePlaces
  readonly #engine: SocketTurnEngine
  readonly #reports: WorkerReports
  #ending = false

  constructor(parent: ParentChannel, { options, relaySlice, sockets, debug }: Start) {
    this.#parent = parent
    this.#places = new RemotePlaces(parent, () => performance.now())
    const log = new WorkerLog(parent, { debug, nowMs: () => performance.now() })
    this.#engine = new SocketTurnEngine(
      { ...options, log, reusePort: true },
      {
        places: this.#places,
        relayPorts: relaySlice,
        inheritedFd: ({ ip, port }) =>
          sockets?.find((socket) => socket.ip === ip && socket.port === port)?.fd,
        onAllocationsChanged: () => this.#reports.noteChange(),
      },
    )
    this.#reports = new WorkerReports(parent, this.#engine)
  }

  async start(): Promise<void> {
    try {
      await this.#engine.start()
      flushCompileCache()
      this.#parent.send({ type: 'ready', listening: this.#engine.listening() })
    } catch (error) {
      const code = error instanceof TurnError ? error.code : undefined
      const message = error instanceof Error ? error.message : String(error)
      this.#parent.send({ type: 'failed', code, message })
      this.#end()
    }
  }

  take(message: Exclude<ToWorker, Start>): void {
    switch (message.type) {
      case 'ping':
        this.#parent.send({ type: 'pong' })
        return
      case 'placesAnswer':
        this.#places.answer(message.id, message.answer)
        return
      case 'usersBlocked':
        this.#engine.blockUsers(message.userIds)
        return
      case 'disconnect':
        this.#engine.disconnect(message.allocation)
        return
      case 'credentials':
        this.#engine.setCredentials(message.credentials)
        return
      case 'peers':
        this.#engine.setPeers(message.ranges)
        return
      case 'certificate':
        this.#engine.setCertificate(message.pair)
        return
      case 'close':
        void this.#close(message.reason)
    }
  }

  async #close(reason: string): Promise<void> {
    await this.#engine.close(reason)
    this.#end()
  }

  /** Whether it hangs up itself, and not the parent on it. */
  get ending(): boolean {
    return this.#ending
  }

  /** Without sockets, timers and a parent nothing is left to run for; what was said is still sent. */
  #end(): void {
    this.#ending = true
    this.#reports.close()
    this.#parent.end()
  }
}

let worker: Worker | undefined
const parent = openParentChannel(
  (message) => {
    if (message.type === 'start') {
      worker = new Worker(parent, message)
      void worker.start()
    } else worker?.take(message)
  },
  () => {
    // A parent that ended in order removes it itself.
    if (!worker?.ending) removeOrphanedCache()
    process.exit()
  },
)
// What a terminal or a service manager sends reaches the whole group; the parent decides when a worker ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined)
