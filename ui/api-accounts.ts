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
}>

/** One line of the audit log: who did what, from where. */
export type AuditEntry = Readonly<{
  atMs: number
  /** An account, `token:<name>`, or `console`. */
  by: string
  address: string
  /** A stable name: `call.participant.removed`. */
  action: string
  /** In words, without secrets. */
  text: string
}>

/** `GET /api/admin/accounts`; a viewer gets their own account and sessions only. */
export type AccountDetails = Readonly<{
  own: Account
  accounts: readonly Account[]
  sessions: readonly LoginSession[]
  tokens: readonly ApiToken[]
}>

/** `GET /api/admin/audit?before=<ms>`: the latest first, a hundred at a time. */
export type AuditPage = Readonly<{ entries: readonly AuditEntry[]; hasMore: boolean }>
