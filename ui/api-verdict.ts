/** The wire types of verdicts and alerts (`#api` hands them on). Types only: nothing here runs. */

import type { CallMember } from './api-calls.ts'

/** The parts of the admin page that have an address of their own. */
export type AdminSection =
  | 'dashboard'
  | 'calls'
  | 'alerts'
  | 'connect'
  | 'turn'
  | 'certificate'
  | 'settings'
  | 'kernel'
  | 'users'

/** Something the operator should know. `text` and `fix` are sentences; `fix` is empty where nothing is to be done. */
export type Verdict = Readonly<{
  /** The same thing has the same id each time it is found. */
  id: string
  level: 'bad' | 'warn' | 'note'
  text: string
  fix: string
  /** A shell command that mends it. */
  command?: string
  /** Where the page tells more. */
  section?: AdminSection
  /** Whom it concerns, at most twenty. */
  people?: readonly CallMember[]
}>

/** One line for the whole box, and what it is made of, the worst first. */
export type Health = Readonly<{
  level: 'ok' | 'warn' | 'bad'
  text: string
  verdicts: readonly Verdict[]
}>

/** `pending`: the condition holds, but not for long enough yet. */
export type AlertState = 'ok' | 'pending' | 'firing' | 'unknown'

/** One rule and how it stands. `value` is what was measured, with its unit; sentences otherwise. */
export type AlertStatus = Readonly<{
  id: string
  title: string
  severity: 'critical' | 'warning'
  /** When it fires, in words: "p95 above 3 % for 1 minute". */
  condition: string
  state: AlertState
  /** Since when it is in that state. */
  sinceMs: number
  value: string
  text: string
  fix: string
  section?: AdminSection
  silencedUntilMs: number | undefined
}>

/** A change of an alert that was told; `sentTo` are the names of the channels that took it. */
export type AlertEvent = Readonly<{
  atMs: number
  id: string
  title: string
  change: 'firing' | 'resolved'
  value: string
  sentTo: readonly string[]
  failed: readonly Readonly<{ channel: string; reason: string }>[]
}>

/** Where alerts are sent; no secret is shown. */
export type AlertChannel = Readonly<{
  name: string
  kind: 'mattermost' | 'json' | 'smtp'
  /** The host it goes to. */
  target: string
  last: Readonly<{ atMs: number; ok: boolean; detail: string }> | undefined
}>

/** `GET /api/admin/alerts`. */
export type AlertDetails = Readonly<{
  atMs: number
  rules: readonly AlertStatus[]
  channels: readonly AlertChannel[]
  /** The latest first, at most two hundred. */
  events: readonly AlertEvent[]
}>

/** How a channel took a test; `detail` is a few words. */
export type AlertTestAnswer = Readonly<{ channel: string; ok: boolean; detail: string }>

/** `POST /api/admin/alerts/test`; a silence answers with `AlertDetails`. */
export type AlertTest = Readonly<{ answers: readonly AlertTestAnswer[]; details: AlertDetails }>
