import type { Family } from '../protocol/transport-address.ts'
import type { SignedRequest } from './request.ts'

/** An Allocate request that waits for its relay sockets. */
export type PendingAllocate = Readonly<{
  request: SignedRequest
  lifetimeSeconds: number
  /** What the client asked for, supported or not. */
  families: readonly Family[]
  /** Whether the client asked for the next port too. */
  reserveNext: boolean
}>

/** Milliseconds the shell has to bind relay sockets; then the client is told 508. */
export const bindDeadlineMs = 5_000
