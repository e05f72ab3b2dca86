import { addressErrorCode } from '../../protocol/attributes/address-error-code.ts'
import { lifetime } from '../../protocol/attributes/lifetime.ts'
import { reservationToken } from '../../protocol/attributes/reservation-token.ts'
import { xorMappedAddress } from '../../protocol/attributes/xor-mapped-address.ts'
import { xorRelayedAddress } from '../../protocol/attributes/xor-relayed-address.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { RawAttribute } from '../../protocol/stun-message.ts'
import type { Allocation } from '../allocation.ts'
import { attribute } from '../answers.ts'
import type { EngineState } from '../engine-state.ts'
import type { PendingAllocate } from '../pending-allocate.ts'
import { accept, type Outcome, reject, type SignedRequest } from '../request.ts'
import type { AllocationId, MissingRelay, Now, RelayFault, TurnInput } from '../turn-io.ts'

/** A request that waited and what became of it. */
export type Finished = Readonly<{
  request: SignedRequest
  outcome: Exclude<Outcome, { type: 'pending' }>
}>

type RelayBound = Extract<TurnInput, { type: 'relayBound' }>

const whyByFault: Readonly<Record<RelayFault, string>> = {
  insufficientCapacity: 'no relay socket',
  addressFamilyNotSupported: 'no relay of this family',
  allocationQuotaReached: 'user or address has too many',
}

/** Answers a waiting Allocate with its relayed addresses (RFC 8656 §7.2); undefined when nobody waits for it any more. */
export function handleRelayBound(
  state: EngineState,
  bound: RelayBound,
  now: Now,
): Finished | undefined {
  const waiting = state.pending.get(bound.allocation)
  const allocation = state.allocations.byId(bound.allocation)
  if (!waiting || !allocation) return undefined
  state.pending.delete(bound.allocation)
  const request = { ...waiting.request, now }
  const { transactionId } = request.message
  begin(state, allocation, bound, now.monotonicMs + waiting.lifetimeSeconds * 1000)
  const outcome = accept(
    ...bound.relayed.map((address) => attribute(xorRelayedAddress, address, transactionId)),
    ...missing(waiting, bound, state).map((one) =>
      attribute(addressErrorCode, { ...one, code: errorCodes[one.fault] }, transactionId),
    ),
    attribute(lifetime, waiting.lifetimeSeconds, transactionId),
    attribute(xorMappedAddress, request.from.client, transactionId),
    ...reserved(state, waiting, bound, now),
  )
  return { request, outcome }
}

function begin(
  state: EngineState,
  allocation: Allocation,
  { relayed }: RelayBound,
  expiresAtMs: number,
): void {
  const { id, owner } = allocation
  for (const address of relayed) state.allocations.addRelayed(allocation, address, expiresAtMs)
  state.deadlines.set(id, expiresAtMs)
  const event = { name: 'allocationCreated', allocation: id, userId: owner.userId } as const
  state.emit({ type: 'event', event })
}

function missing(
  { families }: PendingAllocate,
  bound: RelayBound,
  state: EngineState,
): readonly MissingRelay[] {
  const unsupported = families
    .filter((family) => !state.parts.relayFamilies.includes(family))
    .map((family) => ({ family, fault: 'addressFamilyNotSupported' as const }))
  return bound.missing ? [...unsupported, bound.missing] : unsupported
}

function reserved(
  state: EngineState,
  { request, reserveNext }: PendingAllocate,
  { relayed }: RelayBound,
  now: Now,
): readonly RawAttribute[] {
  const [address] = relayed
  if (!reserveNext || !address) return []
  const next = { family: address.family, port: address.port + 1 }
  const token = state.reservations.issue(next, request.owner.userId, now.unixSeconds)
  return [attribute(reservationToken, token, request.message.transactionId)]
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
  return { request: waiting.request, outcome: reject(errorCodes[fault], whyByFault[fault]) }
}
