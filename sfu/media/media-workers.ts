import type { types } from 'mediasoup'
import { MediaError, messageOf } from './errors.ts'
import type { MediaLog } from './media-log.ts'
import type { MediaPlaneStats } from './media-plane.ts'
import {
  closeMediaWorker,
  type ListenAddress,
  listenInfosFor,
  type MediaPorts,
  type MediaWorker,
  openMediaWorker,
} from './media-worker.ts'
import { probeShortBuffers } from './socket-buffers.ts'

const firstRestartMs = 100
const lastRestartMs = 10_000
/** A worker that lived this long has its successor started without further delay. */
const healthyAfterMs = 60_000
/** How long a room waits for a successor when all workers are dead. */
const waitForWorkerMs = 10_000

/** How many workers there are, where they listen, and which program they run. */
export type MediaWorkersOptions = Readonly<{
  workers: number
  /** One pair a worker, because two processes cannot share a UDP port; 0 is any free port. */
  ports: readonly MediaPorts[]
  listen: readonly ListenAddress[]
  /** Path of the worker program; by default mediasoup's own, or `MEDIASOUP_WORKER_BIN`. */
  workerBin?: string
  log: MediaLog
}>

/** One worker's place: its sockets stay the same through its processes. */
type Seat = {
  readonly index: number
  listenInfos: types.TransportListenInfo[]
  current: MediaWorker | undefined
  /** The last process' id, after its death too. */
  pid: number
  rooms: number
  startedAtMs: number
  restartMs: number
  restart: NodeJS.Timeout | undefined
}

/** The worker processes: one a core, each with a port of its own; one that dies is replaced. */
export class MediaWorkers {
  readonly #options: MediaWorkersOptions
  readonly #seats: readonly Seat[]
  #waiting = Promise.withResolvers<void>()
  #deaths = 0
  #isClosed = false

  constructor(options: MediaWorkersOptions) {
    const { workers, ports, listen } = options
    this.#options = options
    this.#seats = Array.from({ length: workers }, (_, index) => ({
      index,
      listenInfos: listenInfosFor(listen, ports[index] ?? { udp: 0, tcp: 0 }),
      current: undefined,
      pid: 0,
      rooms: 0,
      startedAtMs: 0,
      restartMs: firstRestartMs,
      restart: undefined,
    }))
  }

  /** Starts all workers; when one cannot start, ends the others and throws its `MediaError`. */
  async start(): Promise<void> {
    const started = await Promise.allSettled(this.#seats.map((seat) => this.#start(seat)))
    const failed = started.find(({ status }) => status === 'rejected')
    if (failed?.status !== 'rejected') return this.#tellOfShortBuffers()
    await this.close()
    throw failed.reason
  }

  /** Takes the live worker with the fewest rooms; `release` is to be called when the room is gone. */
  async take(): Promise<{ worker: MediaWorker; release: () => void }> {
    if (!this.#leastLoaded()) await this.#waitForWorker()
    const seat = this.#leastLoaded()
    if (!seat?.current) throw new MediaError('MEDIA_NO_WORKER', 'no media worker is running')
    seat.rooms += 1
    let isHeld = true
    const release = () => {
      if (isHeld) seat.rooms -= 1
      isHeld = false
    }
    return { worker: seat.current, release }
  }

  /** The ports each worker is bound to, on its first address. */
  listening(): readonly MediaPorts[] {
    return this.#seats.map(({ listenInfos }) => {
      const portOf = (wanted: types.TransportProtocol) =>
        listenInfos.find(({ protocol }) => protocol === wanted)?.port ?? 0
      return { udp: portOf('udp'), tcp: portOf('tcp') }
    })
  }

  stats(): MediaPlaneStats {
    const workers = this.#seats.map(({ pid, current, rooms }) => ({
      pid,
      alive: current !== undefined,
      rooms,
    }))
    return { workers, deaths: this.#deaths }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#waiting.resolve()
    const running = this.#seats.flatMap(({ current }) => (current ? [current] : []))
    for (const seat of this.#seats) {
      clearTimeout(seat.restart)
      seat.current = undefined
    }
    await Promise.all(running.map(closeMediaWorker))
  }

  async #tellOfShortBuffers(): Promise<void> {
    const short = await probeShortBuffers()
    if (short === undefined) return
    const fix = `raise net.core.rmem_max and net.core.wmem_max to ${short.askedBytes} and start again`
    const message = 'the kernel grants media smaller socket buffers than it asks for'
    this.#options.log.warn({ ...short, fix }, message)
  }

  async #start(seat: Seat): Promise<void> {
    const started = await openMediaWorker({
      listenInfos: seat.listenInfos,
      workerBin: this.#options.workerBin,
      remedy:
        seat.index === 0
          ? { udp: 'set rtc.udp_port to a free port', tcp: 'set rtc.tcp_port to a free port' }
          : doWithout(seat.index),
    })
    if (this.#isClosed) return closeMediaWorker(started)
    started.worker.on('died', (error) => this.#handleDeath(seat, error))
    seat.listenInfos = await boundInfos(started.webRtcServer, seat.listenInfos)
    seat.current = started
    seat.pid = started.worker.pid
    seat.startedAtMs = performance.now()
    this.#waiting.resolve()
    this.#waiting = Promise.withResolvers<void>()
    this.#options.log.info(
      { pid: seat.pid, ports: this.listening()[seat.index] },
      'media worker started',
    )
  }

  #handleDeath(seat: Seat, error: Error): void {
    if (this.#isClosed) return
    const livedMs = performance.now() - seat.startedAtMs
    const { pid } = seat
    seat.current = undefined
    this.#deaths += 1
    this.#options.log.error(
      { pid, livedMs: Math.round(livedMs), error: error.message },
      'media worker died',
    )
    if (livedMs > healthyAfterMs) seat.restartMs = firstRestartMs
    this.#restartLater(seat)
  }

  #restartLater(seat: Seat): void {
    const delayMs = seat.restartMs
    seat.restartMs = Math.min(delayMs * 2, lastRestartMs)
    seat.restart = setTimeout(() => {
      this.#start(seat).catch((error: unknown) => {
        this.#options.log.error({ error: messageOf(error) }, 'media worker does not start again')
        if (!this.#isClosed) this.#restartLater(seat)
      })
    }, delayMs)
  }

  #leastLoaded(): Seat | undefined {
    const alive = this.#seats.filter(({ current }) => current)
    return alive.toSorted((one, other) => one.rooms - other.rooms)[0]
  }

  async #waitForWorker(): Promise<void> {
    if (this.#isClosed) throw new MediaError('MEDIA_CLOSED', 'the media plane is closed')
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, waitForWorkerMs)
    await Promise.race([this.#waiting.promise, late.promise])
    clearTimeout(timer)
  }
}

/** The same infos with the port each socket has: a successor is to be found where its forerunner was. */
async function boundInfos(
  webRtcServer: types.WebRtcServer,
  listenInfos: readonly types.TransportListenInfo[],
): Promise<types.TransportListenInfo[]> {
  const { udpSockets, tcpServers } = await webRtcServer.dump()
  const bound = { udp: udpSockets.values(), tcp: tcpServers.values() }
  return listenInfos.map((info) => ({
    ...info,
    port: bound[info.protocol].next().value?.port ?? 0,
  }))
}

/** A further worker's port follows from the first one's: with fewer workers nobody needs it. */
function doWithout(index: number): Readonly<Record<types.TransportProtocol, string>> {
  const remedy = `set rtc.workers to ${index}`
  return { udp: remedy, tcp: remedy }
}
