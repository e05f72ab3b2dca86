/** Time as the rooms see it, handed in so that tests move it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number
  /** Calls `task` once after the delay, unless the returned function cancels it first. */
  after(delayMs: number, task: () => void): () => void
}

/** Where the rooms and front doors log; pino fits. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** A value, or why there is none. Anyone on the network can cause the fault, so it is never thrown. */
export type Result<T, F> = Readonly<{ ok: true; value: T }> | Readonly<{ ok: false; fault: F }>

/** Wraps a value as a successful `Result`. */
export function ok<T>(value: T): Readonly<{ ok: true; value: T }> {
  return { ok: true, value }
}

/** Wraps a fault as a failed `Result`. */
export function fault<F>(reason: F): Readonly<{ ok: false; fault: F }> {
  return { ok: false, fault: reason }
}
