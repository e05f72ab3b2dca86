/** The wire types of history (`#api` hands them on). Types only: nothing here runs. */

import type { HistoryPoint } from './api.ts'

/**
 * `GET /api/admin/history?from=<ms>&to=<ms>&points=<n>`: at most `points` (2 to 1,000) of the finest
 * kind that covers the time; seconds without a running server are left out. Each point stands for
 * `stepMs` from its `atMs` on.
 */
export type HistoryRange = Readonly<{
  fromMs: number
  toMs: number
  stepMs: number
  /** The oldest that is kept; `undefined` while there is nothing. */
  oldestMs: number | undefined
  points: readonly HistoryPoint[]
}>
