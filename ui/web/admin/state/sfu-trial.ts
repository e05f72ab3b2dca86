import type { ConnectTrial } from '#api'

/** What came of a call that this browser made to the media server, step by step. */
export type CallOutcome = Readonly<{
  /** Whether the signal connection (WebSocket) came about, and else why not. */
  signal: Readonly<{ ok: true; milliseconds: number }> | Readonly<{ ok: false; reason: string }>
  /** By which path media goes; `undefined` where there was no signal connection to ask by. */
  media:
    | Readonly<{ ok: true; path: string; meaning: string; to: string }>
    | Readonly<{ ok: false; reason: string }>
    | undefined
}>

/** Makes a call to the media server, from wherever the browser is. */
export type TryCall = (trial: ConnectTrial) => Promise<CallOutcome>

/** Loads the client library only when it is asked for: nothing else of these pages needs it. */
export const tryCallInBrowser: TryCall = async (trial) =>
  (await import('./sfu-trial-call.ts')).tryCall(trial)
