import type { Duplex } from 'node:stream'
import { allocationRow } from './allocation-row.ts'
import { createServer } from './create-server.ts'
import {
  checkCredentials,
  checkOptions,
  type Endpoint,
  peerPolicyOf,
  peerRulesOf,
  relayAddresses,
  type TurnEngineOptions,
} from './engine-options.ts'
import { noEngineStats } from './engine-stats.ts'
import type { EngineSurroundings } from './engine-surroundings.ts'
import { udpEndpoints } from './listen-options.ts'
import { Driver, type PeerDatagram, type Shell } from './net/driver.ts'
import { createKernelSockets } from './net/kernel/kernel-sockets.ts'
import { requireStreamSockets } from './net/kernel/stream-sockets.ts'
import { silentLog } from './net/log.ts'
import { createProxyList } from './net/proxy-list.ts'
import { Relays } from './net/relays.ts'
import { defaultTcpLimits } from './net/stream-clients.ts'
import { StreamPorts } from './net/stream-ports.ts'
import { UdpListener } from './net/udp-listener.ts'
import { UsageJudge } from './net/usage-judge.ts'
import {
  addressKey,
  type Family,
  type FiveTuple,
  type TransportAddress,
} from './protocol/transport-address.ts'
import { type CredentialSources, LongTermCredentials } from './server/credentials.ts'
import type { DeniedPeerRow } from './server/denied-peers.ts'
import type { FlowRow } from './server/flow.ts'
import { defaultLimits } from './server/limits.ts'
import type { PeerConnectionTask } from './server/peer-connection-io.ts'
import type { PeerPolicy } from './server/peer-policy.ts'
import { localPlaces, type Places, Quotas } from './server/quotas.ts'
import type { AllocationId, BindRelay, TurnEvent } from './server/turn-io.ts'
import type { TurnServer } from './server/turn-server.ts'
import type { Usage } from './server/user-budgets.ts'
import type {
  AllocationRow,
  CertificatePair,
  ListeningAddress,
  PeerRanges,
  TurnEngine,
  TurnEngineStats,
} from './turn-engine.ts'

/** Creates a TURN engine; nothing is bound before `start`. */
export function createTurnEngine(options: TurnEngineOptions): TurnEngine {
  return new SocketTurnEngine(options)
}

/** A TURN engine in this process. */
export class SocketTurnEngine implements TurnEngine, Shell {
  #options: TurnEngineOptions
  readonly #surroundings: EngineSurroundings
  readonly #udp = new Map<TransportAddress, UdpListener>()
  #streams: StreamPorts | undefined
  readonly #credentials: LongTermCredentials
  #peerPolicy: PeerPolicy | undefined
  #server: TurnServer | undefined
  #driver: Driver | undefined
  #relays: Relays | undefined
  #judge: UsageJudge | undefined

  constructor(options: TurnEngineOptions, surroundings: EngineSurroundings = {}) {
    this.#options = options
    this.#surroundings = surroundings
    this.#credentials = new LongTermCredentials(options.realm, options)
  }

  async start(): Promise<void> {
    if (this.#server) throw new Error('an engine starts once')
    const { log = silentLog, listen } = this.#options
    this.#build()
    try {
      await this.#relays?.check()
      for (const at of udpEndpoints(this.#options)) await this.#listenUdp(at)
      for (const at of listen.tcp) await this.#streams?.open('tcp', at)
      for (const at of listen.tls ?? []) await this.#streams?.open('tls', at)
    } catch (error) {
      await this.close('start failed')
      throw error
    }
    const listening = this.listening()
    if (listening.length > 0) log.debug({ listening }, 'TURN is ready')
  }

  async close(reason: string): Promise<void> {
    const { log = silentLog } = this.#options
    log.debug({ reason, allocations: this.stats().allocations }, 'TURN stops')
    this.#judge?.close()
    this.#driver?.close()
    this.#relays?.closeAll()
    const listeners = [...this.#udp.values()]
    this.#udp.clear()
    await Promise.all([this.#streams?.close(), ...listeners.map((listener) => listener.close())])
  }

  stats(): TurnEngineStats {
    const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0)
    const udpErrors = [...this.#udp.values()].map(({ sendErrors }) => sendErrors)
    return {
      ...noEngineStats,
      ...this.#server?.stats(),
      sendErrors: sum([...udpErrors, this.#relays?.sendErrors ?? 0]),
      droppedForSlowClients: this.#streams?.droppedMessages ?? 0,
      bugs: this.#driver?.bugs ?? 0,
    }
  }

  allocations(): readonly AllocationRow[] {
    const clockStartMs = Date.now() - performance.now()
    const allocations = [...(this.#server?.allocations() ?? [])]
    return allocations.map((allocation) => allocationRow(allocation, clockStartMs))
  }

  acceptStream(stream: Duplex, at: Readonly<{ client: Endpoint; server: Endpoint }>): void {
    if (this.#streams) this.#streams.accept(stream, at)
    else stream.destroy()
  }

  setCredentials(sources: CredentialSources): void {
    checkCredentials(sources)
    this.#credentials.replace(sources)
  }

  setPeers({ allowed, denied }: PeerRanges): void {
    const options = { ...this.#options, allowedPeers: allowed, deniedPeers: denied }
    const rules = peerRulesOf(options)
    this.#options = options
    this.#peerPolicy?.replace(rules)
    this.#driver?.handle({ type: 'policyChanged' })
  }

  setCertificate(pair: CertificatePair): void {
    this.#streams?.setCertificate(pair)
  }

  disconnect(id: string): boolean {
    for (const allocation of this.#server?.allocations() ?? []) {
      if (allocation.id !== id) continue
      this.#driver?.handle({ type: 'disconnect', allocation: allocation.id })
      return true
    }
    return false
  }

  deniedPeers(): readonly DeniedPeerRow[] {
    const now = { monotonicMs: performance.now(), unixSeconds: Date.now() / 1000 }
    return this.#server?.deniedPeers(now) ?? []
  }

  workerPids(): readonly number[] {
    return []
  }

  /** What may be relayed for whom just now: all permissions and channel bindings. */
  flows(): Iterable<FlowRow> {
    return this.#server?.flows() ?? []
  }

  /** Bytes relayed by user id since the last call; empty where no limit per user is set. */
  takeUsage(): Usage {
    return this.#server?.takeUsage() ?? new Map()
  }

  /** Drops what is relayed for these users, and for nobody else, until the next list. */
  blockUsers(userIds: ReadonlySet<string>): void {
    this.#driver?.handle({ type: 'usersBlocked', userIds })
  }

  listening(): readonly ListeningAddress[] {
    const udp = [...this.#udp.keys()].map(({ ip, port }) => ({
      transport: 'udp' as const,
      ip,
      port,
    }))
    return [...udp, ...(this.#streams?.listening() ?? [])]
  }

  sendToClient(to: FiveTuple, bytes: Uint8Array): void {
    if (to.transport === 'udp') this.#udpAt(to.server)?.send(to.client, bytes)
    else this.#streams?.send(to, bytes)
  }

  sendToPeer(allocation: AllocationId, peer: TransportAddress, datagram: PeerDatagram): void {
    this.#relays?.send(allocation, peer, datagram)
  }

  bindRelay(request: BindRelay): void {
    this.#relays?.open(request).catch((error) => this.#driver?.reportBug(error))
  }

  closeRelay(allocation: AllocationId, family?: Family): void {
    this.#relays?.close(allocation, family)
  }

  closeClient(client: FiveTuple): void {
    this.#streams?.closeClient(client)
  }

  peerConnection(task: PeerConnectionTask): void {
    this.#relays?.perform(task)
  }

  noteEvent({ name }: TurnEvent): void {
    if (name === 'allocationCreated' || name === 'allocationDeleted') {
      this.#surroundings.onAllocationsChanged?.()
    }
  }

  /** Mostly the very address object a message came with; answers of NAT discovery leave from another one. */
  #udpAt(server: TransportAddress): UdpListener | undefined {
    const own = this.#udp.get(server)
    if (own) return own
    const key = addressKey(server)
    return [...this.#udp.values()].find(({ address }) => addressKey(address) === key)
  }

  #build(): void {
    const { log = silentLog, rethrowBugs = false, relay, tcpRelays = false } = this.#options
    const { relayPorts = { min: relay.portMin, max: relay.portMax }, onFlow } = this.#surroundings
    checkOptions(this.#options)
    const addresses = relayAddresses(this.#options)
    const kernel = createKernelSockets()
    this.#streams = this.#createStreams()
    this.#peerPolicy = peerPolicyOf(this.#options)
    this.#server = createServer(this.#options, {
      credentials: this.#credentials,
      peerPolicy: this.#peerPolicy,
      relayFamilies: addresses.map(({ family }) => family),
      canDontFragment: kernel !== undefined,
      tcpRelays,
      ...(onFlow && { onFlow }),
    })
    const driver = new Driver(this.#server, this, { log, rethrow: rethrowBugs })
    this.#driver = driver
    this.#relays = new Relays({
      addresses,
      portMin: relayPorts.min,
      portMax: relayPorts.max,
      peerAliases: this.#options.peerAliases ?? [],
      log,
      places: this.#surroundings.places ?? this.#countAlone(),
      kernel,
      streamSockets: tcpRelays ? requireStreamSockets() : undefined,
      handle: (input) => driver.handle(input),
      takeStream: (client) => this.#streams?.take(client),
    })
  }

  #countAlone(): Places {
    const limits = { ...defaultLimits, ...this.#options.limits }
    const quotas = new Quotas(limits)
    const takeUsage = () => [this.takeUsage()]
    const onVerdict = (blocked: ReadonlySet<string>) => this.blockUsers(blocked)
    this.#judge = new UsageJudge({ limits, quotas, takeUsage, onVerdict })
    return localPlaces(quotas)
  }

  async #listenUdp(at: Endpoint): Promise<void> {
    const { log = silentLog, reusePort = false } = this.#options
    const onMessage = this.#onMessage
    const inheritedFd = this.#surroundings.inheritedFd?.(at)
    const shared = { inheritedFd, reusePort }
    const listener = await UdpListener.open(at, { onMessage }, { log, shared })
    this.#udp.set(listener.address, listener)
  }

  #createStreams(): StreamPorts {
    const { log = silentLog, tcpLimits, certificate, reusePort = false } = this.#options
    const events = {
      onMessage: this.#onMessage,
      onClose: (from: FiveTuple) => this.#driver?.handle({ type: 'clientClosed', from }),
      hasAllocation: (client: FiveTuple) => this.#server?.hasAllocation(client) ?? false,
    }
    const limits = { ...defaultTcpLimits, ...tcpLimits }
    const proxies = createProxyList('turn.proxy_protocol_from', this.#options.proxyProtocolFrom)
    return new StreamPorts(events, { limits, log, certificate, proxies, reusePort })
  }

  readonly #onMessage = (from: FiveTuple, bytes: Uint8Array): void => {
    this.#driver?.handle({ type: 'clientMessage', from, bytes })
  }
}
