import type { ReconnectPolicy } from 'livekit-client'

/** A server that is updated or restarts, and a device that changes its network, is back in this time. */
const PATIENCE_MS = 180_000
const FIRST_DELAY_MS = 300
const LONGEST_DELAY_MS = 3_000
const JITTER_MS = 1_000

/**
 * When to try again after the connection was lost: at once, then ever more slowly, but often enough
 * that a call goes on soon after its server is back. `random` (0 to 1) spreads a whole call's returns.
 */
export function createReconnectPolicy(random: () => number): ReconnectPolicy {
  return {
    nextRetryDelayInMs: ({ elapsedMs, retryCount }) => {
      if (elapsedMs > PATIENCE_MS) return null
      if (retryCount === 0) return 0
      return Math.min(retryCount ** 2 * FIRST_DELAY_MS, LONGEST_DELAY_MS) + random() * JITTER_MS
    },
  }
}
