/**
 * The wire types of the TURN page (`#api` hands them on). Types only: nothing here runs. Rates are
 * bits per second, sizes bytes, times milliseconds since the Unix epoch.
 */

/** How a client reaches the relay; `tls-web` is TLS on the port of the web pages. */
export type TurnDoor = 'udp' | 'tcp' | 'tls' | 'tls-web'

/**
 * One way in that the self-test tried. `rttMs` is there when packets came back; `problem` (what is
 * wrong) and `fix` (what to do) are sentences, there when they did not or soon will not.
 */
export type SelfTestResult = Readonly<{
  transport: TurnDoor
  ok: boolean
  rttMs: number | undefined
  problem: string | undefined
  fix: string | undefined
}>

/** The latest relay self-test; `atMs` is `undefined` until one has ended. */
export type TurnSelfTest = Readonly<{
  atMs: number | undefined
  running: boolean
  results: readonly SelfTestResult[]
}>

/**
 * One address that relays must not reach, and whether ours really refused it; `asked` is false while
 * that is not known, as when the relay does not work. `detail` is a sentence.
 */
export type DenyProbeRow = Readonly<{
  name: string
  address: string
  asked: boolean
  refused: boolean
  detail: string
}>

/** What has gone one way through an allocation, and how fast it goes at present. */
export type TurnTraffic = Readonly<{ packets: number; bytes: number; bitsPerSecond: number }>

/** One allocation; `relayed` is empty while its socket is being bound. Addresses are `ip:port`. */
export type TurnAllocation = Readonly<{
  id: string
  userId: string
  clientAddress: string
  transport: 'udp' | 'tcp' | 'tls'
  relayed: readonly string[]
  createdAtMs: number
  expiresAtMs: number
  fromClient: TurnTraffic
  toClient: TurnTraffic
}>

/** A peer that clients asked for and did not get; `reason` and `advice` are sentences. */
export type TurnDeniedPeer = Readonly<{
  address: string
  reason: string
  advice: string
  /** What asked for it: a permission, a channel, a packet from the client or from the peer. */
  by: 'permission' | 'channel' | 'send' | 'connect' | 'inbound'
  userId: string
  count: number
  lastAtMs: number
}>

/** A retired secret that still admits clients. Those of the configuration file have no date. */
export type PreviousTurnSecret = Readonly<{
  id: string
  hint: string
  retiredAtMs: number | undefined
  origin: 'generated' | 'config'
}>

/** One address that clients may be given, as its parts and as a URL (RFC 7065). */
export type TurnUrl = Readonly<{ transport: TurnDoor; host: string; port: number; url: string }>

/** `GET /api/admin/turn`: the facts behind the TURN page. No secret is among them. */
export type TurnDetails = Readonly<{
  atMs: number
  realm: string
  /** Addresses in use, `ip:port`. */
  listening: readonly Readonly<{ transport: 'udp' | 'tcp' | 'tls'; address: string }>[]
  workers: Readonly<{ count: number; restarts: number }>
  policy: Readonly<{
    mode: 'open' | 'sfu-only'
    allowedPeers: readonly string[]
    deniedPeers: readonly string[]
  }>
  selfTest: TurnSelfTest
  probe: Readonly<{ atMs: number | undefined; rows: readonly DenyProbeRow[] }>
  allocations: readonly TurnAllocation[]
  deniedPeers: readonly TurnDeniedPeer[]
  rejections: readonly Readonly<{ code: number; why: string; count: number }>[]
  drops: readonly Readonly<{ reason: string; count: number }>[]
  secrets: Readonly<{
    origin: 'generated' | 'config'
    /** `hint` is enough to tell a secret from another, and no more. */
    current: Readonly<{ hint: string }>
    previous: readonly PreviousTurnSecret[]
  }>
  urls: Readonly<{
    /** `stun:host:port` */
    stun: string
    /** All doors, whatever the certificate: UDP, TCP, TLS, TLS on the web port. */
    turn: readonly TurnUrl[]
    /** Why browsers refuse the TLS doors (a self-signed certificate); `undefined` when they do not. */
    tlsProblem: string | undefined
    /** `GET /api/turn`, under the address that others reach this server by. */
    rest: string
  }>
}>

/** `POST /api/admin/turn/secret` and `…/secret/reveal`: shown once, never kept by the page. */
export type TurnSecret = Readonly<{
  /** What chat servers call the static auth secret. */
  secret: string
  /** The key of `GET /api/turn`. */
  apiKey: string
}>

/** `GET /api/turn` and `POST /api/admin/turn/credentials`, in the form of draft-uberti-behave-turn-rest-00; `ttl` is in seconds. */
export type TurnRestCredentials = Readonly<{
  username: string
  password: string
  ttl: number
  uris: readonly string[]
}>
