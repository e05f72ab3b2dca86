import { lifetime } from '../../protocol/attributes/lifetime.ts'
import { reservationToken } from '../../protocol/attributes/reservation-token.ts'
import { xorMappedAddress } from '../../protocol/attributes/xor-mapped-address.ts'
import { xorRelayedAddress } from '../../protocol/attributes/xor-relayed-address.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { TransportAddress } from '../../protocol/transport-address.ts'
import type { Allocation } from '../allocation.ts'
import { attribute } from '../answers.ts'
import type { EngineState } from '../engine-state.ts'
import { type Accepted, accept, type Outcome, reject, type SignedRequest } from '../request.ts'
import { reservationLifetimeMs } from '../reservations.ts'
import type { AllocationId, Now, RelayFault } from '../turn-io.ts'

/** A request that waited and what became of it. */
export type Finished = Readonly<{
  request: SignedRequest
  outcome: Exclude<Outcome, { type: 'pending' }>
}>

/** Starts an allocation's life on its relayed address and tells the client (RFC 8656 §7.2). */
export function beginAllocation(
  state: EngineState,
  allocation: Allocation,
  {
    request,
    relayed,
    lifetimeSeconds,
  }: Readonly<{ request: SignedRequest; relayed: TransportAddress; lifetimeSeconds: number }>,
): Accepted {
  const { id, owner } = allocation
  const { transactionId } = request.message
  allocation.relayed = relayed
  allocation.expiresAtMs = request.now.monotonicMs + lifetimeSeconds * 1000
  state.deadlines.set(id, allocation.expiresAtMs)
  state.emit({
    type: 'event',
    event: { name: 'allocationCreated', allocation: id, userId: owner.userId },
  })
  return accept(
    attribute(xorRelayedAddress, relayed, transactionId),
    attribute(lifetime, lifetimeSeconds, transactionId),
    attribute(xorMappedAddress, request.from.client, transactionId),
  )
}

/** Answers a waiting Allocate with its bound relay socket; undefined when nobody waits for it any more. */
export function handleRelayBound(
  state: EngineState,
  id: AllocationId,
  relayed: TransportAddress,
  now: Now,
): Finished | undefined {
  const waiting = state.pending.get(id)
  const allocation = state.allocations.byId(id)
  if (!waiting || !allocation) return undefined
  state.pending.delete(id)
  const request = { ...waiting.request, now }
  const { lifetimeSeconds, reserveNext } = waiting
  const accepted = beginAllocation(state, allocation, { request, relayed, lifetimeSeconds })
  if (!reserveNext) return { request, outcome: accepted }
  const next = { ...relayed, port: relayed.port + 1 }
  const { token } = state.reservations.add(reserveNext, allocation.owner.userId, next)
  state.deadlines.set(reserveNext, now.monotonicMs + reservationLifetimeMs)
  const reserved = attribute(reservationToken, token, request.message.transactionId)
  return { request, outcome: accept(...accepted.attributes, reserved) }
}

/** Answers a waiting Allocate that gets no relay socket; undefined when nobody waits for it any more. */
export function handleRelayFailed(
  state: EngineState,
  id: AllocationId,
  fault: RelayFault,
): Finished | undefined {
  const waiting = state.pending.get(id)
  const allocation = state.allocations.byId(id)
  if (!waiting || !allocation) return undefined
  state.delete(allocation, 'noRelay')
  const code = errorCodes[fault]
  return { request: waiting.request, outcome: reject(code, 'no relay socket') }
}
