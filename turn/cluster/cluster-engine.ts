import type { Duplex } from 'node:stream'
import { SocketTurnEngine } from '../engine.ts'
import type { Endpoint, TurnEngineOptions } from '../engine-options.ts'
import { noEngineStats } from '../engine-stats.ts'
import { TurnError } from '../errors.ts'
import { udpEndpoints } from '../listen-options.ts'
import { type Log, silentLog } from '../net/log.ts'
import { createRandomSource } from '../net/random.ts'
import { UsageJudge } from '../net/usage-judge.ts'
import type { DeniedPeerRow } from '../server/denied-peers.ts'
import { defaultLimits, type Limits } from '../server/limits.ts'
import { localPlaces, Quotas } from '../server/quotas.ts'
import type { Usage } from '../server/user-budgets.ts'
import type {
  AllocationRow,
  CertificatePair,
  ListeningAddress,
  PeerRanges,
  TurnCredentials,
  TurnEngine,
  TurnEngineStats,
} from '../turn-engine.ts'
import { makeCompileCache, removeCompileCache } from './compile-cache.ts'
import { mergeDeniedPeers, mergeStats } from './merged-stats.ts'
import type { FromWorker, ToWorker, WorkerOptions } from './messages.ts'
import { type PortRange, sliceRelayPorts } from './relay-slices.ts'
import { createSocketMaker, type SocketMaker } from './shareable-sockets.ts'
import { claimPort, SharedUdpPorts } from './shared-ports.ts'
import { type SpawnWorker, spawnWorkerProcesses } from './worker-channel.ts'
import { WorkerPicture } from './worker-picture.ts'
import { WorkerSlot, type WorkerTiming } from './worker-slot.ts'

/** What a cluster is made of: an engine's options, and how many processes share its ports. */
export type TurnClusterOptions = TurnEngineOptions & Readonly<{ workers: number }>

/** What a test may put in place of the real thing. */
export type ClusterParts = Readonly<{
  spawn?: SpawnWorker
  /** `undefined` is a machine without `node:ffi`. */
  sockets?: SocketMaker | undefined
  timing?: Partial<WorkerTiming>
}>

/** Creates a TURN engine of several worker processes behind one face; nothing is bound before `start`. */
export function createTurnCluster(options: TurnClusterOptions): TurnEngine {
  return new ClusterEngine(options)
}

const localPrefix = '0-'

/** One engine in this process, for streams the web port hands over, and a worker process for each slot of the ports. */
export class ClusterEngine implements TurnEngine {
  readonly #parts: ClusterParts
  readonly #log: Log
  readonly #limits: Limits
  readonly #quotas: Quotas
  readonly #nonceSecret: Uint8Array
  #options: TurnClusterOptions
  #local: SocketTurnEngine | undefined
  #judge: UsageJudge | undefined
  #usage: Usage[] = []
  #compileCache: string | undefined
  #udpPorts: SharedUdpPorts | undefined
  #listening: readonly ListeningAddress[] = []
  #workers: readonly Readonly<{ slot: WorkerSlot; picture: WorkerPicture }>[] = []

  constructor(options: TurnClusterOptions, parts: ClusterParts = {}) {
    this.#options = options
    this.#parts = parts
    this.#log = options.log ?? silentLog
    this.#limits = { ...defaultLimits, ...options.limits }
    this.#quotas = new Quotas(this.#limits)
    this.#nonceSecret = options.nonceSecret ?? createRandomSource().bytes(32)
  }

  async start(): Promise<void> {
    if (this.#local) throw new Error('an engine starts once')
    const { workers, relay } = this.#options
    if (!Number.isInteger(workers) || workers < 1) {
      throw new TurnError('TURN_BAD_OPTION', 'turn.workers must be at least 1')
    }
    const slices = sliceRelayPorts({ min: relay.portMin, max: relay.portMax }, workers + 1)
    try {
      this.#local = this.#createLocal(slices[0])
      await this.#local.start()
      this.#judge = this.#createJudge(this.#local)
      await this.#claimPorts()
      this.#compileCache = await makeCompileCache(this.#log)
      this.#workers = slices.slice(1).map((slice, i) => this.#createWorker(i + 1, slice))
      const [first, ...others] = this.#workers
      await first?.slot.start()
      await Promise.all(others.map(({ slot }) => slot.start()))
    } catch (error) {
      await this.close('start failed')
      throw error
    }
    this.#log.info({ listening: doorsIn(this.#listening), workers }, 'TURN is ready')
  }

  async close(reason: string): Promise<void> {
    this.#log.info({ reason, allocations: this.stats().allocations }, 'TURN stops')
    this.#judge?.close()
    const closing = this.#workers.map(({ slot }) => slot.close(reason))
    await Promise.all([...closing, this.#local?.close(reason)])
    this.#udpPorts?.close()
    this.#udpPorts = undefined
    await removeCompileCache(this.#compileCache)
    this.#listening = []
  }

  stats(): TurnEngineStats {
    const workers = {
      running: this.#workers.filter(({ slot }) => slot.serving).length,
      restarts: this.#workers.reduce((sum, { slot }) => sum + slot.restarts, 0),
    }
    const ofWorkers = this.#workers.flatMap(({ picture }) => picture.stats)
    return { ...mergeStats([this.#local?.stats() ?? noEngineStats, ...ofWorkers]), workers }
  }

  allocations(): readonly AllocationRow[] {
    const local = (this.#local?.allocations() ?? []).map((row) => ({
      ...row,
      id: localPrefix + row.id,
    }))
    return [...local, ...this.#workers.flatMap(({ picture }) => [...picture.rows])]
  }

  listening(): readonly ListeningAddress[] {
    return this.#workers.some(({ slot }) => slot.serving) ? this.#listening : []
  }

  acceptStream(stream: Duplex, at: Readonly<{ client: Endpoint; server: Endpoint }>): void {
    if (this.#local) this.#local.acceptStream(stream, at)
    else stream.destroy()
  }

  // The engine of this process comes first: it refuses what is wrong before a worker hears of it. What is kept in the
  // options is what a worker that is started again begins with.

  setCredentials(credentials: TurnCredentials): void {
    this.#local?.setCredentials(credentials)
    this.#options = { ...this.#options, ...credentials }
    this.#tellWorkers({ type: 'credentials', credentials })
  }

  setPeers(ranges: PeerRanges): void {
    this.#local?.setPeers(ranges)
    const { allowed, denied } = ranges
    this.#options = { ...this.#options, allowedPeers: allowed, deniedPeers: denied }
    this.#tellWorkers({ type: 'peers', ranges })
  }

  setCertificate(pair: CertificatePair): void {
    this.#local?.setCertificate(pair)
    this.#options = { ...this.#options, certificate: pair }
    this.#tellWorkers({ type: 'certificate', pair })
  }

  disconnect(id: string): boolean {
    if (id.startsWith(localPrefix)) {
      return this.#local?.disconnect(id.slice(localPrefix.length)) ?? false
    }
    for (const { slot, picture } of this.#workers) {
      const allocation = picture.idInWorker(id)
      if (allocation === undefined) continue
      slot.send({ type: 'disconnect', allocation })
      return true
    }
    return false
  }

  deniedPeers(): readonly DeniedPeerRow[] {
    const ofWorkers = this.#workers.map(({ picture }) => picture.deniedPeers)
    return mergeDeniedPeers([this.#local?.deniedPeers() ?? [], ...ofWorkers])
  }

  workerPids(): readonly number[] {
    return this.#workers.flatMap(({ slot }) => slot.pid ?? [])
  }

  #createLocal(relayPorts: PortRange | undefined): SocketTurnEngine {
    const { listen, ownIps = [] } = this.#options
    const listeners = [...listen.udp, ...listen.tcp, ...(listen.tls ?? [])]
    this.#options = { ...this.#options, ownIps: [...ownIps, ...listeners.map(({ ip }) => ip)] }
    return new SocketTurnEngine(
      { ...this.#options, nonceSecret: this.#nonceSecret, listen: { udp: [], tcp: [] } },
      { places: localPlaces(this.#quotas), ...(relayPorts && { relayPorts }) },
    )
  }

  #createJudge(local: SocketTurnEngine): UsageJudge {
    return new UsageJudge({
      limits: this.#limits,
      quotas: this.#quotas,
      takeUsage: () => [local.takeUsage(), ...this.#usage.splice(0)],
      onVerdict: (userIds) => {
        local.blockUsers(userIds)
        this.#tellWorkers({ type: 'usersBlocked', userIds })
      },
    })
  }

  async #claimPorts(): Promise<void> {
    const { listen, workers } = this.#options
    const claim = async (transport: 'udp' | 'tcp' | 'tls', ports: readonly Endpoint[]) => {
      const claimed: Endpoint[] = []
      for (const at of ports) claimed.push(await claimPort(transport, at))
      this.#listening = [...this.#listening, ...claimed.map((at) => ({ transport, ...at }))]
      return claimed
    }
    const udp = await claim('udp', udpEndpoints(this.#options))
    const tcp = await claim('tcp', listen.tcp)
    const tls = await claim('tls', listen.tls ?? [])
    this.#options = { ...this.#options, listen: { udp, tcp, tls } }
    const maker = 'sockets' in this.#parts ? this.#parts.sockets : createSocketMaker()
    this.#udpPorts = maker && SharedUdpPorts.open(maker, udp, workers)
  }

  #createWorker(number: number, relaySlice: PortRange) {
    const picture = new WorkerPicture(number, this.#quotas)
    const { spawn = spawnWorkerProcesses(this.#compileCache), timing } = this.#parts
    const slot = new WorkerSlot({
      number,
      sockets: this.#udpPorts?.of(number - 1),
      spawn,
      ...(timing && { timing }),
      log: this.#log,
      startMessage: () => ({
        options: this.#workerOptions(number),
        relaySlice,
        debug: this.#log.isLevelEnabled?.('debug') ?? true,
      }),
      onMessage: (message) => this.#take(message, { slot, picture }),
      onGone: () => picture.forget(),
    })
    return { slot, picture }
  }

  #workerOptions(number: number): WorkerOptions {
    const { log: _log, rethrowBugs: _rethrow, workers: _workers, ...options } = this.#options
    const { listen, tcpRelays } = options
    // Both connections of a TCP relay have to reach the engine that joins them (RFC 6062 §4.4).
    const withoutStreams = tcpRelays === true && number > 1
    return {
      ...options,
      nonceSecret: this.#nonceSecret,
      listen: withoutStreams ? { udp: listen.udp, tcp: [] } : listen,
    }
  }

  #take(
    message: FromWorker,
    { slot, picture }: Readonly<{ slot: WorkerSlot; picture: WorkerPicture }>,
  ): void {
    switch (message.type) {
      case 'takePlaces': {
        const answer = picture.places.take(message.request)
        slot.send({ type: 'placesAnswer', id: message.id, answer })
        return
      }
      case 'releasePlaces':
        picture.places.release(message.request)
        return
      case 'log':
        this.#log[message.level]({ worker: slot.number, ...message.facts }, message.message)
        return
      case 'report':
        picture.update(message)
        if (message.counters?.usage.size) this.#usage.push(message.counters.usage)
    }
  }

  #tellWorkers(message: ToWorker): void {
    for (const { slot } of this.#workers) slot.send(message)
  }
}

/** `udp 0.0.0.0:3478`, for people to read in a log. */
function doorsIn(listening: readonly ListeningAddress[]): readonly string[] {
  return listening.map(({ transport, ip, port }) => {
    const host = ip.includes(':') ? `[${ip}]` : ip
    return `${transport} ${host}:${port}`
  })
}
