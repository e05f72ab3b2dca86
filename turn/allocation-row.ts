import type { Allocation } from './server/allocation.ts'
import type { AllocationRow } from './turn-engine.ts'

/** An allocation as an operator sees it; `clockStartMs` is the unix time at which the monotonic clock was 0. */
export function allocationRow(allocation: Allocation, clockStartMs: number): AllocationRow {
  const { id, owner, client, relayed, createdAtUnixMs, isBound, expiresAtMs } = allocation
  const { fromClient, toClient } = allocation
  return {
    id,
    userId: owner.userId,
    client,
    relayed,
    createdAtMs: createdAtUnixMs,
    expiresAtMs: isBound ? Math.round(clockStartMs + expiresAtMs) : 0,
    fromClient: { packets: fromClient.packets, bytes: fromClient.bytes },
    toClient: { packets: toClient.packets, bytes: toClient.bytes },
  }
}
