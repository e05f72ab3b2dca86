import type { SignedRequest } from './request.ts'
import type { AllocationId } from './turn-io.ts'

/** An Allocate request that waits for its relay socket. */
export type PendingAllocate = Readonly<{
  request: SignedRequest
  lifetimeSeconds: number
  /** Id under which the next port is held, when the client asked for it. */
  reserveNext: AllocationId | undefined
}>

/** Milliseconds the shell has to bind a relay socket; then the client is told 508. */
export const bindDeadlineMs = 5_000
