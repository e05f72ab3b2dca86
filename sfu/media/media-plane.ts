import type { types } from 'mediasoup'

/**
 * The seam between the rooms and mediasoup. Rooms and front doors speak to this only; the real one is
 * `mediasoup-plane.ts`, the one for tests `fake-media-plane.ts`, and both pass `media-plane-contract.ts`.
 *
 * Directions are the participant's: it sends media on a `send` transport (its publisher connection) and
 * receives on a `receive` transport (its subscriber connection).
 * Ownership is a tree: closing the plane closes rooms, a room its transports, a transport its producers,
 * consumers and data channels. `close()` may be called twice; the second call does nothing.
 */
export interface MediaPlane {
  /** Starts the media workers and binds the media port; throws a `MediaError` when it cannot. */
  start(): Promise<void>
  /** Opens a room on the least loaded live worker. */
  openRoom(roomName: string): Promise<RoomMedia>
  stats(): MediaPlaneStats
  close(): Promise<void>
}

/** `workers[].alive` is false between a worker's death and its successor's start. */
export type MediaPlaneStats = Readonly<{
  workers: readonly Readonly<{ pid: number; alive: boolean; rooms: number }>[]
  /** Workers that died by themselves since the start. */
  deaths: number
}>

/** A room's media: one mediasoup router. */
export interface RoomMedia {
  /** What the router can receive; payload types in it are fixed, so they are the same in all rooms. */
  readonly rtpCapabilities: types.RtpCapabilities
  openTransport(options: TransportOptions): Promise<TransportMedia>
  /** Whether a subscriber with these capabilities can receive the producer. */
  canConsume(producerId: string, capabilities: types.RtpCapabilities): boolean
  onEvent(listener: (event: RoomMediaEvent) => void): void
  /** The process that carries it. */
  readonly workerPid: number
  readonly closed: boolean
  close(): void
}

/** What happens in a room’s media by itself. */
export type RoomMediaEvent =
  /** Every 400 ms while anybody is heard; `[]` once when all fall silent. Loudest first, −127..0 dBov. */
  | Readonly<{
      type: 'audioLevels'
      levels: readonly Readonly<{ producerId: string; dBov: number }>[]
    }>
  /** The worker under this room is gone, and with it all of the room's media. Sent once. */
  | Readonly<{ type: 'mediaWorkerDied' }>

/** Which way media flows, as the client sees it. */
export type TransportOptions = Readonly<{ direction: 'send' | 'receive' }>

/** One WebRTC connection of a participant (a mediasoup WebRtcTransport on the shared port). */
export interface TransportMedia {
  readonly id: string
  /** ICE parameters here are the current ones; they change with `restartIce`. */
  readonly description: TransportDescription
  /** Gives the client's DTLS fingerprints and role; once per transport. */
  connect(dtls: types.DtlsParameters): Promise<void>
  /** New ICE credentials for an ICE restart (RFC 8445 §9); also updates `description`. */
  restartIce(): Promise<types.IceParameters>
  produce(options: ProduceOptions): Promise<ProducerMedia>
  /** Creates a consumer, paused until `resume()`: a client must first have answered the offer. */
  consume(options: ConsumeOptions): Promise<ConsumerMedia>
  /**
   * Opens a data channel from the server's side (DCEP, RFC 8832): its OPEN is sent when SCTP is up and
   * repeated until acknowledged. Resolves when the channel may be used, or the transport has closed.
   */
  openDataChannel(options: DataChannelOptions): Promise<void>
  /** Sends one binary message on a channel of that label, opened by either side. */
  sendData(label: string, bytes: Uint8Array): DataSendResult
  onEvent(listener: (event: TransportEvent) => void): void
  stats(): Promise<TransportStats>
  readonly closed: boolean
  close(): void
}

/** What the client is told of our end of a transport. */
export type TransportDescription = Readonly<{
  iceParameters: types.IceParameters
  iceCandidates: readonly types.IceCandidate[]
  dtlsParameters: types.DtlsParameters
  sctpParameters: types.SctpParameters | undefined
}>

/** What happens to a transport by itself. */
export type TransportEvent =
  /** ICE and DTLS are up (again): media can flow. */
  | Readonly<{ type: 'connected' }>
  /** ICE lost its pair, or DTLS closed; `connected` may follow after an ICE restart. */
  | Readonly<{ type: 'disconnected'; reason: string }>
  /** The client opened a data channel; its ACK goes out before anything that is sent on it. */
  | Readonly<{ type: 'dataChannelOpened'; label: string; ordered: boolean }>
  | Readonly<{ type: 'dataMessage'; label: string; bytes: Uint8Array }>

/** A channel to open: `reliable` is ordered and whole, else messages may be lost and overtaken. */
export type DataChannelOptions = Readonly<{ label: string; reliable: boolean }>

/** `dropped`: lossy and no room now. `overflow`: reliable, and the receiver's queue is past its limit. */
export type DataSendResult = 'sent' | 'queued' | 'dropped' | 'overflow' | 'notOpen'

/** What is to be published, as the session description says. */
export type ProduceOptions = Readonly<{
  kind: types.MediaKind
  rtpParameters: types.RtpParameters
  paused: boolean
}>

/** A track as it comes from its publisher (a mediasoup Producer). */
export interface ProducerMedia {
  readonly id: string
  readonly kind: types.MediaKind
  /** Worst score of its streams that arrive, 0 (nothing arrives) to 10 (perfect); mediasoup's. */
  score(): number
  /** All its streams together. Asks the worker, so not more often than the figures are looked at. */
  stats(): Promise<ProducerStats>
  pause(): Promise<void>
  resume(): Promise<void>
  readonly closed: boolean
  close(): void
}

/** What is to be received, by a client with these capabilities. */
export type ConsumeOptions = Readonly<{
  producerId: string
  rtpCapabilities: types.RtpCapabilities
  /** The m-section it will be offered in; stamped into its packets. */
  mid: string
}>

/** A track on its way to one participant (a mediasoup Consumer). Starts paused. */
export interface ConsumerMedia {
  readonly id: string
  readonly producerId: string
  readonly kind: types.MediaKind
  readonly rtpParameters: types.RtpParameters
  /** Whether its receiver wants nothing of it for now. */
  readonly paused: boolean
  score(): number
  /** As its receiver reports; asks the worker, as a producer's does. */
  stats(): Promise<LinkStats>
  resume(): Promise<void>
  pause(): Promise<void>
  /** For simulcast and SVC: the best layers to send; `undefined` is the best there are. */
  preferLayers(layers: types.ConsumerLayers | undefined): Promise<void>
  onEvent(listener: (event: ConsumerEvent) => void): void
  readonly closed: boolean
  close(): void
}

/** What happens to a consumer by itself. */
export type ConsumerEvent =
  /** The producer is gone; the consumer has closed itself. */
  | Readonly<{ type: 'producerClosed' }>
  /** Which layers reach the client; `undefined` while congestion stops the video. */
  | Readonly<{ type: 'layersChanged'; layers: types.ConsumerLayers | undefined }>

/** `tuple` is the selected ICE pair seen from here; `undefined` before one is. Rates are bits per second. */
export type TransportStats = Readonly<{
  tuple: Readonly<{ protocol: 'udp' | 'tcp'; remoteIp: string; remotePort: number }> | undefined
  receivedBytes: number
  sentBytes: number
  receivedBitsPerSecond: number
  sentBitsPerSecond: number
}>

/**
 * How a track travels. Packets and bytes are counted since its start; loss and jitter are those between
 * the latest two RTCP reports (RFC 3550 §6.4.1), the loss before anything was sent again. `undefined`:
 * nothing was measured.
 */
export type LinkStats = Readonly<{
  packets: number
  bytes: number
  bitsPerSecond: number
  lossPercent: number | undefined
  jitterMs: number | undefined
  rttMs: number | undefined
}>

/** How a track arrives here, and what was asked of its publisher: packets again, whole pictures. */
export type ProducerStats = LinkStats & Readonly<{ nacks: number; keyFrameRequests: number }>
