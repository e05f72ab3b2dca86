import type { FromWorker, ToWorker } from './messages.ts'
import type { SpawnWorker, WorkerEvents } from './worker-channel.ts'

/** A worker without a process, for tests: keeps what it is told, says what the test wants, dies when it is told to. */
export class FakeWorker {
  readonly told: ToWorker[] = []
  killed = false
  readonly #events: WorkerEvents

  constructor(events: WorkerEvents) {
    this.#events = events
  }

  say(message: FromWorker): void {
    this.#events.onMessage(message)
  }

  write(line: string): void {
    this.#events.onNoise(line)
  }

  exit(how: string): void {
    this.#events.onExit(how)
  }

  /** Kinds of messages it was told, in order. */
  get toldTypes(): readonly string[] {
    return this.told.map(({ type }) => type)
  }
}

/** Spawns fakes and keeps them in order. */
export function fakeSpawn(): Readonly<{ spawn: SpawnWorker; workers: readonly FakeWorker[] }> {
  const workers: FakeWorker[] = []
  const spawn: SpawnWorker = (sockets, events) => {
    const worker = new FakeWorker(events)
    workers.push(worker)
    const channel = {
      pid: workers.length,
      send: (message: ToWorker) => worker.told.push(message),
      kill: () => {
        worker.killed = true
      },
    }
    return { channel, inherited: sockets?.map((socket, i) => ({ ...socket, fd: 4 + i })) }
  }
  return { spawn, workers }
}
