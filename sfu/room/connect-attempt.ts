import type { DepartureReason } from './participant-door.ts'

/** How somebody's joining came out: the time it took until media flowed, or why it never did. */
export type ConnectAttempt = Readonly<
  { atMs: number; afterMs: number } & (
    | { connected: true }
    | { connected: false; reason: DepartureReason }
  )
>
