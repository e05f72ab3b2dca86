/**
 * The wire types of the machine under the calls (`#api` hands them on). Types only: nothing here
 * runs. Rates are bits per second, sizes bytes. A figure is `undefined` where the system hides it.
 */

/** Shares of one core's time in the last second, percent. */
export type CoreLoad = Readonly<{
  busyPercent: number
  stealPercent: number
  softirqPercent: number
}>

/** One of our processes; `cpuPercent` is of one core. */
export type ProcessLoad = Readonly<{
  kind: 'main' | 'media' | 'turn'
  pid: number
  cpuPercent: number
  rssBytes: number
  /** Calls on a media worker. */
  rooms?: number
}>

/** What the kernel counts since boot, and the limits it has. */
export type KernelStatus = Readonly<{
  udpReceiveBufferErrors: number
  udpSendBufferErrors: number
  udpNoPorts: number
  udpReceived: number
  udpSent: number
  /** Datagrams dropped at our own sockets, by local port. */
  socketDrops: readonly Readonly<{ port: number; drops: number; queuedBytes: number }>[]
  softnetDropped: number
  softnetSqueezed: number
  conntrack: Readonly<{ count: number; max: number }> | undefined
  /** Open files of the main process. */
  files: Readonly<{ open: number; max: number }>
  relayPorts: Readonly<{ used: number; total: number }>
  rmemMaxBytes: number
  wmemMaxBytes: number
  optmemMaxBytes: number
}>

/** Where others reach this machine, and how that is known. */
export type AddressStatus = Readonly<{
  /** As announced: an address or a host name. */
  announced: string
  ip: string
  ipv6: string | undefined
  how: 'configured' | 'stun' | 'interface' | 'loopback'
  /** Whether a card of this machine has the address; where not, a router translates it. */
  isLocal: boolean
}>

/** Room on the disk of the data directory. */
export type DiskStatus = Readonly<{ totalBytes: number; freeBytes: number }>

/**
 * What the machine still carries, in people; `undefined` until there is a measure. Each figure
 * stands alone: so many more listeners, or so many more speakers, or so many more screens.
 */
export type Capacity = Readonly<{
  listeners: number | undefined
  speakers: number | undefined
  screens: number | undefined
  /** What runs out first. */
  limit: 'cpu' | 'media-worker' | 'network' | 'memory' | 'relay' | undefined
  /** A sentence: what it is measured from. */
  basis: string
  /** Whom the box lets in at present. */
  admission: 'all' | 'no-video' | 'nobody'
  /** Why, where not all: the sentence that a refused person reads. */
  reason: string | undefined
  /** Refused since the start. */
  refused: Readonly<{ video: number; joins: number }>
}>

/** Half and the worst twentieth of what was measured are no higher. */
export type Spread = Readonly<{ p50: number; p95: number }>

/** Over all people in calls; `undefined` while nothing is measured. */
export type DirectionQuality = Readonly<{
  lossPercent: Spread | undefined
  jitterMs: Spread | undefined
  rttMs: Spread | undefined
}>

/** `up` is from people to us. */
export type QualityStatus = Readonly<{ up: DirectionQuality; down: DirectionQuality }>

/** How people's connections came to be, over the last hour. */
export type ConnectStatus = Readonly<{
  attempts: number
  failures: number
  connectMs: Spread | undefined
}>
