import { readAttributes } from '../../protocol/attributes/attribute-codec.ts'
import { evenPort } from '../../protocol/attributes/even-port.ts'
import { lifetime } from '../../protocol/attributes/lifetime.ts'
import { requestedAddressFamily } from '../../protocol/attributes/requested-address-family.ts'
import { requestedTransport } from '../../protocol/attributes/requested-transport.ts'
import { reservationToken } from '../../protocol/attributes/reservation-token.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { Family } from '../../protocol/transport-address.ts'
import { Allocation } from '../allocation.ts'
import type { EngineState } from '../engine-state.ts'
import { bindDeadlineMs } from '../pending-allocate.ts'
import { type Outcome, type Rejection, reject, type SignedRequest } from '../request.ts'
import { beginAllocation } from './finish-allocate.ts'
import { grantedLifetimeSeconds } from './granted-lifetime.ts'

type Wanted = Readonly<{
  transport: number | undefined
  family: Family | 'other' | undefined
  evenPort: Readonly<{ reserveNext: boolean }> | undefined
  token: Uint8Array | undefined
  lifetime: number | undefined
}>

const udp = 17 // RFC 8656 §18.8

/** Asks for a relay socket, or takes a reserved one at once; checks in the order of RFC 8656 §7.2. */
export function handleAllocate(request: SignedRequest, state: EngineState): Outcome {
  if (request.allocation) return reject(errorCodes.allocationMismatch, 'five-tuple in use')
  const read = readAttributes(request.message, {
    transport: requestedTransport,
    family: requestedAddressFamily,
    evenPort,
    token: reservationToken,
    lifetime,
  })
  if (!read.ok) return reject(errorCodes.badRequest, 'malformed attribute')
  const wanted: Wanted = read.value
  const refusal = refusedTransport(wanted) ?? contradiction(wanted)
  if (refusal) return refusal
  return wanted.token
    ? claimReserved(request, wanted.token, wanted.lifetime, state)
    : askForRelay(request, wanted, state)
}

function refusedTransport({ transport }: Wanted): Rejection | undefined {
  if (transport === undefined) return reject(errorCodes.badRequest, 'no requested transport')
  return transport === udp
    ? undefined
    : reject(errorCodes.unsupportedTransport, 'peers are reached over UDP only')
}

function contradiction(wanted: Wanted): Rejection | undefined {
  if (!wanted.token || (!wanted.evenPort && wanted.family === undefined)) return undefined
  return reject(errorCodes.badRequest, 'a reserved port cannot also be chosen')
}

function claimReserved(
  request: SignedRequest,
  token: Uint8Array,
  lifetimeSeconds: number | undefined,
  state: EngineState,
): Outcome {
  const reservation = state.reservations.claim(token, request.owner.userId)
  if (!reservation) return reject(errorCodes.insufficientCapacity, 'no such reservation')
  const allocation = new Allocation(reservation.id, request.from, request.owner)
  state.allocations.add(allocation)
  return beginAllocation(state, allocation, {
    request,
    relayed: reservation.relayed,
    lifetimeSeconds: grantedLifetimeSeconds(lifetimeSeconds),
  })
}

function askForRelay(request: SignedRequest, wanted: Wanted, state: EngineState): Outcome {
  const family = relayFamily(wanted.family, request.from.client.family, state)
  if (!family) return reject(errorCodes.addressFamilyNotSupported, 'no relay of this family')
  const { userId } = request.owner
  const reserve = wanted.evenPort?.reserveNext === true
  const quota = state.quotas.take(userId, reserve ? 2 : 1)
  if (quota === 'userFull') return reject(errorCodes.allocationQuotaReached, 'user has too many')
  if (quota === 'serverFull') return reject(errorCodes.insufficientCapacity, 'server is full')
  const allocation = new Allocation(state.nextId(), request.from, request.owner)
  const reserveNext = reserve ? state.nextId() : undefined
  const lifetimeSeconds = grantedLifetimeSeconds(wanted.lifetime)
  state.allocations.add(allocation)
  state.pending.set(allocation.id, { request, lifetimeSeconds, reserveNext })
  state.deadlines.set(allocation.id, request.now.monotonicMs + bindDeadlineMs)
  state.emit({
    type: 'bindRelay',
    allocation: allocation.id,
    family,
    port: wanted.evenPort ? 'even' : 'any',
    ...(reserveNext && { reserveNext }),
  })
  return { type: 'pending' }
}

function relayFamily(
  wanted: Family | 'other' | undefined,
  ofClient: Family,
  { parts: { relayFamilies } }: EngineState,
): Family | undefined {
  if (wanted !== undefined) return relayFamilies.find((family) => family === wanted)
  // Browsers leave the attribute out also when they want the family they came by, so the RFC's IPv4 comes second.
  return relayFamilies.find((family) => family === ofClient) ?? relayFamilies[0]
}
