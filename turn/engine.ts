import type { Duplex } from 'node:stream'
import {
  checkOptions,
  type Endpoint,
  peerPolicyOf,
  relayAddresses,
  type TurnEngineOptions,
} from './engine-options.ts'
import { Driver, type Shell } from './net/driver.ts'
import { silentLog } from './net/log.ts'
import { createProxyList } from './net/proxy-list.ts'
import { createRandomSource } from './net/random.ts'
import { RelaySockets } from './net/relay-sockets.ts'
import { defaultTcpLimits } from './net/stream-clients.ts'
import { StreamPorts } from './net/stream-ports.ts'
import { UdpListener } from './net/udp-listener.ts'
import type { FiveTuple, TransportAddress } from './protocol/transport-address.ts'
import { type CredentialSources, LongTermCredentials } from './server/credentials.ts'
import { defaultLimits } from './server/limits.ts'
import type { AllocationId, BindRelay, TurnStats } from './server/turn-io.ts'
import { TurnServer } from './server/turn-server.ts'
import type {
  AllocationRow,
  CertificatePair,
  DeniedPeerRow,
  ListeningAddress,
  TurnEngine,
  TurnEngineStats,
} from './turn-engine.ts'

/** Creates a TURN engine; nothing is bound before `start`. */
export function createTurnEngine(options: TurnEngineOptions): TurnEngine {
  return new SocketTurnEngine(options)
}

const noStats: TurnStats = {
  allocations: 0,
  byTransport: { udp: 0, tcp: 0, tls: 0 },
  receivedBytes: 0,
  sentBytes: 0,
  rejectionsByCode: {},
  authFailures: 0,
  dropsByReason: {},
  deniedPeers: 0,
}

const noPackets = { packets: 0, bytes: 0 }
const noTraffic = { fromClients: noPackets, toClients: noPackets }

class SocketTurnEngine implements TurnEngine, Shell {
  readonly #options: TurnEngineOptions
  readonly #udp = new Map<TransportAddress, UdpListener>()
  #streams: StreamPorts | undefined
  readonly #credentials: LongTermCredentials
  #server: TurnServer | undefined
  #driver: Driver | undefined
  #relays: RelaySockets | undefined

  constructor(options: TurnEngineOptions) {
    this.#options = options
    this.#credentials = new LongTermCredentials(options.realm, options)
  }

  async start(): Promise<void> {
    if (this.#server) throw new Error('an engine starts once')
    const { log = silentLog, listen } = this.#options
    this.#build()
    try {
      await this.#relays?.check()
      for (const at of listen.udp) await this.#listenUdp(at)
      for (const at of listen.tcp) await this.#streams?.open('tcp', at)
      for (const at of listen.tls ?? []) await this.#streams?.open('tls', at)
    } catch (error) {
      await this.close('start failed')
      throw error
    }
    log.info({ listening: this.listening() }, 'TURN is ready')
  }

  async close(reason: string): Promise<void> {
    const { log = silentLog } = this.#options
    log.info({ reason, allocations: this.stats().allocations }, 'TURN stops')
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
      ...(this.#server?.stats() ?? noStats),
      sendErrors: sum([...udpErrors, this.#relays?.sendErrors ?? 0]),
      droppedForSlowClients: this.#streams?.droppedMessages ?? 0,
      bugs: this.#driver?.bugs ?? 0,
      byFamily: { 4: 0, 6: 0 },
      traffic: { udp: noTraffic, tcp: noTraffic, tls: noTraffic },
      rejections: [],
      workers: { running: 0, restarts: 0 },
    }
  }

  allocations(): readonly AllocationRow[] {
    return [...(this.#server?.allocations() ?? [])].map(({ id, owner, client, relayed }) => ({
      id,
      userId: owner.userId,
      client,
      relayed: relayed ? [relayed] : [],
      createdAtMs: 0,
      expiresAtMs: 0,
      fromClient: noPackets,
      toClient: noPackets,
    }))
  }

  acceptStream(stream: Duplex, at: Readonly<{ client: Endpoint; server: Endpoint }>): void {
    if (this.#streams) this.#streams.accept(stream, at)
    else stream.destroy()
  }

  setCredentials(sources: CredentialSources): void {
    this.#credentials.replace(sources)
  }

  setPeers(): void {
    throw new Error('not wired')
  }

  setCertificate(pair: CertificatePair): void {
    this.#streams?.setCertificate(pair)
  }

  disconnect(): boolean {
    throw new Error('not wired')
  }

  deniedPeers(): readonly DeniedPeerRow[] {
    return []
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
    if (to.transport === 'udp') this.#udp.get(to.server)?.send(to.client, bytes)
    else this.#streams?.send(to, bytes)
  }

  sendToPeer(allocation: AllocationId, peer: TransportAddress, bytes: Uint8Array): void {
    this.#relays?.send(allocation, peer, bytes)
  }

  bindRelay(request: BindRelay): void {
    this.#relays?.open(request).catch((error) => this.#driver?.reportBug(error))
  }

  closeRelay(allocation: AllocationId): void {
    this.#relays?.close(allocation)
  }

  closeClient(client: FiveTuple): void {
    this.#streams?.closeClient(client)
  }

  #build(): void {
    const { realm, limits, log = silentLog, rethrowBugs = false, relay } = this.#options
    checkOptions(this.#options)
    const addresses = relayAddresses(this.#options)
    this.#streams = this.#createStreams()
    this.#server = new TurnServer({
      realm,
      credentials: this.#credentials,
      strictExpiry: this.#options.strictExpiry ?? false,
      ...(this.#options.nonceSecret && { nonceSecret: this.#options.nonceSecret }),
      peerPolicy: peerPolicyOf(this.#options),
      limits: { ...defaultLimits, ...limits },
      random: createRandomSource(),
      relayFamilies: addresses.map(({ family }) => family),
    })
    const driver = new Driver(this.#server, this, { log, rethrow: rethrowBugs })
    this.#driver = driver
    this.#relays = new RelaySockets({
      addresses,
      portMin: relay.portMin,
      portMax: relay.portMax,
      peerAliases: this.#options.peerAliases ?? [],
      log,
      onBound: (allocation, relayed) => driver.handle({ type: 'relayBound', allocation, relayed }),
      onFailed: (allocation, fault) => driver.handle({ type: 'relayFailed', allocation, fault }),
      onDatagram: (allocation, peer, bytes) =>
        driver.handle({ type: 'peerDatagram', allocation, peer, bytes }),
    })
  }

  async #listenUdp(at: Readonly<{ ip: string; port: number }>): Promise<void> {
    const { log = silentLog } = this.#options
    const onMessage = this.#onMessage
    const listener = await UdpListener.open(at, { onMessage }, log)
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
