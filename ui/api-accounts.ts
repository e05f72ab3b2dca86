/** The wire types of accounts and the audit log (`#api` hands them on). Types only: nothing here runs. */

/** `admin` changes everything; `viewer` looks, and is shown no secret. */
export type Role = 'admin' | 'viewer'

/** Somebody who may log in. */
export type Account = Readonly<{
  name: string
  role: Role
  createdAtMs: number
  lastLoginAtMs: number | undefined
  /** Whether a one-time code is asked for. */
  hasTotp: boolean
}>

/** A browser that is logged in. */
export type LoginSession = Readonly<{
  id: string
  account: string
  openedAtMs: number
  usedAtMs: number
  address: string
  browser: string
  /** Whether it is the one that asks. */
  isOwn: boolean
}>

/** A token for scripts; what it is made of is shown once. */
export type ApiToken = Readonly<{
  id: string
  name: string
  role: Role
  createdAtMs: number
  createdBy: string
  expiresAtMs: number | undefined
  lastUsedAtMs: number | undefined
  /** Whether it is the one of `secrets.json`, which is changed there. */
  isBuiltIn: boolean
}>

/** One line of the audit log: who did what, from where. */
export type AuditEntry = Readonly<{
  atMs: number
  /** An account, `token:<name>`, `console`, or `nobody` for failed log-ins. */
  by: string
  address: string
  /** A stable name: `call.participant.removed`. */
  action: string
  /** In words, without secrets. */
  text: string
}>

/** `GET /api/admin/accounts`; a viewer gets their own account and sessions only. */
export type AccountDetails = Readonly<{
  atMs: number
  own: Account
  /** `undefined` without one-time codes. */
  recoveryCodesLeft: number | undefined
  accounts: readonly Account[]
  sessions: readonly LoginSession[]
  tokens: readonly ApiToken[]
}>

/** `POST /api/admin/own/totp`: what an authenticator app needs; it counts once a code came back. */
export type TotpOffer = Readonly<{
  /** In base32, for who types it. */
  secret: string
  uri: string
  /** The address as a QR code with its margin: rows of `0` (light) and `1` (dark). */
  modules: readonly string[]
}>

/** The answer that shows recovery codes; they cannot be shown again. */
export type RecoveryCodes = Readonly<{ codes: readonly string[]; details: AccountDetails }>

/** `POST /api/admin/tokens`: the token, which cannot be shown again. */
export type MadeToken = Readonly<{ token: string; details: AccountDetails }>

/** `GET /api/admin/audit?before=<ms>&find=<text>`: the latest first, a hundred at a time. */
export type AuditPage = Readonly<{ entries: readonly AuditEntry[]; hasMore: boolean }>
