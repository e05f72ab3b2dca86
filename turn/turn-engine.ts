import type { Duplex } from 'node:stream'
import type { Endpoint } from './engine-options.ts'
import type { FiveTuple, TransportAddress } from './protocol/transport-address.ts'
import type { DeniedPeerRow } from './server/denied-peers.ts'
import type { TurnStats } from './server/turn-io.ts'

/** Packets and their bytes, counted since something began. */
export type PacketCount = Readonly<{ packets: number; bytes: number }>

/** One allocation as an operator sees it. */
export type AllocationRow = Readonly<{
  id: string
  userId: string
  client: FiveTuple
  /** None while the relay socket is being bound, two when the client asked for both IP versions. */
  relayed: readonly TransportAddress[]
  /** Unix milliseconds. */
  createdAtMs: number
  expiresAtMs: number
  /** Relayed payload from the client to its peers and back, so far. */
  fromClient: PacketCount
  toClient: PacketCount
}>

/** The engine's counters and those of its sockets, since the start. */
export type TurnEngineStats = TurnStats &
  Readonly<{
    /** Datagrams the operating system refused to send. */
    sendErrors: number
    /** Messages dropped because a client on a stream does not read. */
    droppedForSlowClients: number
    /** Inputs that broke an invariant; each is in the log. */
    bugs: number
    /** Worker processes that serve, and those that had to be started again; 0 without workers. */
    workers: Readonly<{ running: number; restarts: number }>
  }>

/** An address the engine listens on. */
export type ListeningAddress = Readonly<{
  transport: FiveTuple['transport']
  ip: string
  port: number
}>

/** Who may log in: secrets shared with chat servers (the first is current), and users by name with their passwords. */
export type TurnCredentials = Readonly<{
  secrets: readonly string[]
  users: ReadonlyMap<string, string>
}>

/** CIDR ranges of peers; a denied range wins over an allowed one. */
export type PeerRanges = Readonly<{ allowed: readonly string[]; denied: readonly string[] }>

/** A certificate chain and its private key, PEM. */
export type CertificatePair = Readonly<{ cert: string; key: string }>

/** A TURN server on sockets, in this process or in several. */
export interface TurnEngine {
  /** Binds all ports; throws a TurnError with a stable code, and then holds none of them. */
  start(): Promise<void>
  /** Closes all sockets; clients see their allocations vanish. */
  close(reason: string): Promise<void>
  stats(): TurnEngineStats
  allocations(): readonly AllocationRow[]
  /** Addresses in use, with the real ports where 0 was asked. */
  listening(): readonly ListeningAddress[]
  /** Serves a client whose decrypted stream another listener (the web server) has accepted. */
  acceptStream(stream: Duplex, at: Readonly<{ client: Endpoint; server: Endpoint }>): void
  /** Replaces who may log in; live allocations stay. Throws a TurnError for an empty secret, an unfit user, or nobody. */
  setCredentials(credentials: TurnCredentials): void
  /** Replaces the configured ranges; relaying to peers that are denied now ends. Throws a TurnError for what is no range. */
  setPeers(ranges: PeerRanges): void
  /** Takes a new certificate for new TLS connections; throws a TurnError when it does not fit its key. */
  setCertificate(pair: CertificatePair): void
  /** Ends one allocation by the id of its row; false when there is none. */
  disconnect(id: string): boolean
  /** Peers refused lately, newest first. */
  deniedPeers(): readonly DeniedPeerRow[]
  /** Process ids of the workers there are; none where the engine has this process alone. */
  workerPids(): readonly number[]
}
