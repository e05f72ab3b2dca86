import type {
  AcmeOrderRequest,
  CallDetails,
  CallList,
  CertificateDetails,
  CertificateUpload,
  HistoryPoint,
  Readiness,
  Status,
  TurnDetails,
  TurnRestCredentials,
} from '#api'

/** The part of pino's logger that this folder uses. */
export interface Log {
  debug(facts: object, message: string): void
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** The wall clock, milliseconds since the Unix epoch. */
export interface Clock {
  unixMs(): number
}

/** That many bytes nobody can guess. */
export type RandomSource = (bytes: number) => Uint8Array

/** What is remembered about the admin between starts. `passwordHash` is as `hashPassword` wrote it. */
export type AdminRecord = Readonly<{ passwordHash: string }>

/** Keeps the admin's record. Both calls are synchronous: one small record, read at start, written once. */
export interface AdminStore {
  /** `undefined` while no password was ever set. Throws when there is a record that cannot be read. */
  load(): AdminRecord | undefined
  save(record: AdminRecord): void
}

/** Whom a call token is for. */
export type CallTokenRequest = Readonly<{ room: string; identity: string; name: string }>

/** The token of a join link. */
export type Invite = Readonly<{ token: string; expiresAtMs: number }>

/** What a rotation of the shared secret came to; `message` says why not, and what to do instead. */
export type SecretRotation =
  | Readonly<{ ok: true; secret: string }>
  | Readonly<{ ok: false; message: string }>

/** The TURN server as the pages see it. */
export interface TurnAdmin {
  /** The latest facts; cheap, asked up to once a second by each page. */
  details(): TurnDetails
  /** Tests the relay now, or waits for the test that runs; the result is then among the facts. */
  runSelfTest(): Promise<void>
  /** Ends an allocation; `false` when there is none of that id. */
  disconnect(id: string): boolean | Promise<boolean>
  /** Makes a new shared secret; the present one goes on admitting clients as a previous one. */
  rotateSecret(): Promise<SecretRotation>
  /** Forgets a previous secret; `false` when there is none of that id, or the configuration sets it. */
  retireSecret(id: string): Promise<boolean>
  /** The shared secret of today. */
  revealSecret(): string
  /** Makes credentials for a chat server's client; without `ttlSeconds`, for the configured time. */
  issueCredentials(request: Readonly<{ id: string; ttlSeconds?: number }>): TurnRestCredentials
  /** What `GET /api/turn` asks for. */
  apiKey(): string
}

/** What a change of the certificate came to; `message` says why not, and what to do instead. */
export type CertificateChange = Readonly<{ ok: true }> | Readonly<{ ok: false; message: string }>

/** The certificate as the pages see it. What changes is in use at once. */
export interface CertificateAdmin {
  /** The latest facts; cheap, asked up to once a second by each page. No private key is among them. */
  details(): CertificateDetails
  /** Takes a certificate with its chain and key. */
  upload(upload: CertificateUpload): Promise<CertificateChange>
  /** Orders one with an ACME authority; how that goes is among the facts. */
  order(request: AcmeOrderRequest): Promise<CertificateChange>
  /** Asks the authority again, before it would be asked by itself. */
  orderNow(): CertificateChange
  /** Goes back to the self-signed one. */
  goBack(): Promise<CertificateChange>
}

/** The calls as the pages see them. A call is named by its room. */
export interface CallsAdmin {
  /** Cheap, asked up to once a second by each page. */
  list(): CallList
  /** The running call of that name, else the latest that ended; `undefined` when there is none. */
  details(name: string): CallDetails | undefined
  /** The same to hand on, without names and addresses. */
  record(name: string): Readonly<{ sid: string; record: object }> | undefined
  /** Mutes a track; `false` when there is none of that sid. */
  mute(name: string, trackSid: string): Promise<boolean>
  /** Takes somebody out; `false` when nobody of that identity is there. */
  remove(name: string, identity: string): Promise<boolean>
  /** Ends the call for everybody; `false` when it does not run. */
  end(name: string): Promise<boolean>
}

/** Everything the pages show and need; the appliance passes it. */
export type UiDeps = Readonly<{
  /** The latest facts; cheap, asked up to once a second. */
  status: () => Status
  /** At most ten minutes of points, oldest first. */
  history: () => readonly HistoryPoint[]
  /** Calls the listener once a second with the newest point; returns how to stop that. */
  onPoint: (listener: (point: HistoryPoint) => void) => () => void
  readiness: () => Readiness
  /** Makes a LiveKit access token that may join, publish and subscribe in that room. */
  issueCallToken: (request: CallTokenRequest) => Promise<string>
  /** Makes the token of a link that lets whoever has it into that room, each as a person of their own. */
  issueInvite: (room: string) => Promise<Invite>
  /** Whether the token is a valid invite to that room. */
  admitsInvite: (token: string, room: string) => Promise<boolean>
  adminStore: AdminStore
  /** Folder of the built pages: `call.html`, `admin.html`, `assets/`. */
  webRoot: string
  /** What links start with, e.g. `https://calls.example.org:8444`. */
  publicOrigin: string
  log: Log
  clock: Clock
  random: RandomSource
  /** Lets scripts read `/api/admin/status` and `/metrics` as `Authorization: Bearer <token>`. */
  apiToken?: string
  /** Prometheus text of `GET /metrics`; without it the path answers 404. */
  metrics?: () => string | Promise<string>
  /** Addresses or CIDRs that read `/metrics` without a token. */
  metricsAllowed?: readonly string[]
  /** The TURN server; without it the paths below `/api/admin/turn` and `/api/turn` answer 404. */
  turn?: TurnAdmin
  /** The calls; without it the paths below `/api/admin/calls` answer 404. */
  calls?: CallsAdmin
  /** The certificate; without it the paths below `/api/admin/certificate` answer 404. */
  certificate?: CertificateAdmin
  /** Addresses or CIDRs whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. */
  trustedProxies?: readonly string[]
}>
