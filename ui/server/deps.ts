import type {
  AcmeOrderRequest,
  AlertDetails,
  AlertTestAnswer,
  AuditEntry,
  CallDetails,
  CallList,
  CertificateDetails,
  CertificateUpload,
  ConnectDetails,
  ConnectTrial,
  HistoryPoint,
  HistoryRange,
  KernelDetails,
  LivekitSecret,
  Readiness,
  Role,
  SettingChange,
  SettingProblem,
  SettingsDetails,
  SettingsPreview,
  SettingsProposal,
  Status,
  TurnDetails,
  TurnRestCredentials,
} from '#api'
import type { AttemptLimits } from './attempts.ts'

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

/** One-time codes of an account: the secret in base32, and the latest step whose code was taken. */
export type TotpRecord = Readonly<{
  secret: string
  usedStep: number
  /** Fingerprints of the recovery codes that are left. */
  recovery: readonly string[]
}>

/** What is remembered of an account between starts. `passwordHash` is as `PasswordHasher` wrote it. */
export type AccountRecord = Readonly<{
  id: string
  name: string
  role: Role
  passwordHash: string
  createdAtMs: number
  lastLoginAtMs?: number | undefined
  totp?: TotpRecord | undefined
}>

/** What is remembered of an API token. */
export type TokenRecord = Readonly<{
  id: string
  name: string
  role: Role
  fingerprint: string
  createdAtMs: number
  createdBy: string
  expiresAtMs?: number | undefined
  lastUsedAtMs?: number | undefined
}>

/** Everybody who may come in. */
export type AdminRecord = Readonly<{
  accounts: readonly AccountRecord[]
  tokens: readonly TokenRecord[]
}>

/** Keeps the accounts. Both calls are synchronous: one small record, read at start, written seldom. */
export interface AdminStore {
  /** `undefined` while nobody was ever set up. Throws when there is a record that cannot be read. */
  load(): AdminRecord | undefined
  /** Throws an `AdminStoreError` when another program has changed the record since. */
  save(record: AdminRecord): void
}

/** What is remembered of a log-in: `id` is a fingerprint of its cookie. */
export type SessionRecord = Readonly<{
  id: string
  accountId: string
  openedAtMs: number
  usedAtMs: number
  address: string
  browser: string
}>

/** Keeps the log-ins over a restart. */
export interface SessionStore {
  load(): readonly SessionRecord[]
  save(sessions: readonly SessionRecord[]): void
}

/** Keeps the audit log. */
export interface AuditStore {
  append(entry: AuditEntry): void
  /** Every entry that is kept, oldest first. */
  read(): Promise<readonly AuditEntry[]>
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

/** What a rotation of the LiveKit key came to; `message` says why not, and what to do instead. */
export type KeyRotation =
  | (Readonly<{ ok: true }> & LivekitSecret)
  | Readonly<{ ok: false; message: string }>

/** What chat servers need of us, as the pages see it. */
export interface ConnectAdmin {
  /** The latest facts; cheap. */
  details(): ConnectDetails
  /** Acts as chat servers do, or waits for the tests that run; the results are then among the facts. */
  runTests(): Promise<void>
  /** Makes a new LiveKit key; the present one goes on admitting until it is retired. */
  rotateKey(): Promise<KeyRotation>
  /** Forgets a previous key; `false` when there is none of that name, or it is not ours to forget. */
  retireKey(key: string): Promise<boolean>
  /** The secret of a key; `undefined` when there is no such key. */
  revealSecret(key: string): string | undefined
  /** What a browser tries a call with. */
  issueTrial(): Promise<ConnectTrial>
}

/** What a change of the kernel's settings came to: what was done, or why not and what to do instead. */
export type KernelChange =
  | Readonly<{ ok: true; message: string }>
  | Readonly<{ ok: false; isBusy: boolean; message: string }>

/** The kernel's settings as the pages see them. Only one change is made at a time. */
export interface KernelAdmin {
  /** Reads them anew. */
  details(): Promise<KernelDetails>
  apply(): Promise<KernelChange>
  revert(): Promise<KernelChange>
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

/** Which part of history is wanted, and how many points of it at most: 2 to 10,000. */
export type HistoryQuery = Readonly<{ fromMs: number; toMs: number; points: number }>

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

/** Alerts as the pages see them. */
export interface AlertsAdmin {
  /** The latest facts; cheap, asked up to once a second by each page. No secret is among them. */
  details(): AlertDetails
  /** Says nothing of an alert for so many minutes, 0 to speak again; `false` when there is none of that id. */
  silence(id: string, minutes: number): boolean
  /** Sends a test through every channel; answers what each said. */
  test(): Promise<readonly AlertTestAnswer[]>
}

/** What a change of the settings came to; `message` sums up why not, `problems` say it option by option. */
export type SettingsOutcome =
  | Readonly<{ ok: true; changes: readonly SettingChange[] }>
  | Readonly<{ ok: false; message: string; problems: readonly SettingProblem[] }>

/** The options of the configuration as the pages see them; `by` is the account that acts. */
export interface SettingsAdmin {
  /** What is saved, and what of it is in effect. No secret is among it. */
  details(): Promise<SettingsDetails>
  /** What a proposal would do; nothing is changed. */
  preview(proposal: SettingsProposal): Promise<SettingsPreview>
  /** Saves a proposal whole or not at all; what can follow at once does. */
  save(proposal: SettingsProposal, by: string): Promise<SettingsOutcome>
  /** Saves an earlier version again. */
  restore(id: string, by: string): Promise<SettingsOutcome>
  /** Restarts with what is saved; refused when that cannot be loaded. The restart begins after the answer. */
  restart(by: string): Promise<SettingsOutcome>
}

/** Everything the pages show and need; the appliance passes it. */
export type UiDeps = Readonly<{
  /** The latest facts; cheap, asked up to once a second. */
  status: () => Status
  /** At most ten minutes of points, oldest first. */
  history: () => readonly HistoryPoint[]
  /** History over restarts; without it `/api/admin/history` and `/api/admin/history.csv` answer 404. */
  historyRange?: (query: HistoryQuery) => HistoryRange | Promise<HistoryRange>
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
  /** Keeps log-ins over a restart; without it they end with the process. */
  sessionStore?: SessionStore
  /** Keeps the audit log; without it the latest entries are kept in memory. */
  auditStore?: AuditStore
  /** How many failed log-ins are let through, where not the usual number. */
  attemptLimits?: Partial<AttemptLimits>
  /** Folder of the built pages: `call.html`, `admin.html`, `assets/`. */
  webRoot: string
  /** What links start with, e.g. `https://calls.example.org:8444`. */
  publicOrigin: string
  log: Log
  clock: Clock
  random: RandomSource
  /** The token that is always there: lets scripts read as `Authorization: Bearer <token>`. */
  apiToken?: string
  /** Prometheus text of `GET /metrics`; without it the path answers 404. */
  metrics?: () => string | Promise<string>
  /** Addresses or CIDRs that read `/metrics` without a token, as they are at the moment. */
  metricsAllowed?: () => readonly string[]
  /** The TURN server; without it the paths below `/api/admin/turn` and `/api/turn` answer 404. */
  turn?: TurnAdmin
  /** The calls; without it the paths below `/api/admin/calls` answer 404. */
  calls?: CallsAdmin
  /** The certificate; without it the paths below `/api/admin/certificate` answer 404. */
  certificate?: CertificateAdmin
  /** Alerts; without them the paths below `/api/admin/alerts` answer 404. */
  alerts?: AlertsAdmin
  /** What chat servers need; without it the paths below `/api/admin/connect` answer 404. */
  connect?: ConnectAdmin
  /** The kernel's settings; without it the paths below `/api/admin/kernel` answer 404. */
  kernel?: KernelAdmin
  /** The settings; without them the paths below `/api/admin/settings` and `/api/admin/restart` answer 404. */
  settings?: SettingsAdmin
  /** Addresses or CIDRs whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. */
  trustedProxies?: readonly string[]
}>
