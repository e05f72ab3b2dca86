import { additionalAddressFamily } from '../../protocol/attributes/additional-address-family.ts'
import { type AttributeCodec, readAttributes } from '../../protocol/attributes/attribute-codec.ts'
import { dontFragment } from '../../protocol/attributes/dont-fragment.ts'
import { evenPort } from '../../protocol/attributes/even-port.ts'
import { lifetime } from '../../protocol/attributes/lifetime.ts'
import { requestedAddressFamily } from '../../protocol/attributes/requested-address-family.ts'
import { requestedTransport } from '../../protocol/attributes/requested-transport.ts'
import { reservationToken } from '../../protocol/attributes/reservation-token.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { failure, type Result, success } from '../../protocol/result.ts'
import type { Family } from '../../protocol/transport-address.ts'
import { Allocation } from '../allocation.ts'
import type { EngineState } from '../engine-state.ts'
import { bindDeadlineMs } from '../pending-allocate.ts'
import { type Outcome, type Rejection, reject, type SignedRequest } from '../request.ts'
import type { BindRelay } from '../turn-io.ts'
import { grantedLifetimeSeconds } from './granted-lifetime.ts'

const codecs = {
  family: requestedAddressFamily,
  additional: additionalAddressFamily,
  evenPort,
  dontFragment,
  token: reservationToken,
  lifetime,
} as const

type Wanted = {
  readonly [K in keyof typeof codecs]: (typeof codecs)[K] extends AttributeCodec<infer T>
    ? T | undefined
    : never
}

type WantedRelay = Pick<
  BindRelay,
  'families' | 'port' | 'reserveNext' | 'dontFragment' | 'transport'
>

// RFC 8656 §18.8, RFC 6062 §5.1
const udp = 17
const tcp = 6

/** Asks for relay sockets; checks in the order of RFC 8656 §7.2. */
export function handleAllocate(request: SignedRequest, state: EngineState): Outcome {
  if (request.allocation) return reject(errorCodes.allocationMismatch, 'five-tuple in use')
  const transport = wantedTransport(request, state)
  if (!transport.ok) return transport.fault
  const read = readAttributes(request.message, codecs)
  if (!read.ok) return reject(errorCodes.badRequest, 'malformed attribute')
  const wanted: Wanted = read.value
  if (transport.value === 'tcp') return allocateTcp(request, wanted, state)
  if (wanted.token) return claimReserved(request, wanted.token, wanted, state)
  const contradiction = contradictingFamilies(wanted)
  if (contradiction) return contradiction
  const families = wanted.additional ? bothFamilies : relayFamilies(request, wanted.family, state)
  if (families.length === 0) {
    return reject(errorCodes.addressFamilyNotSupported, 'no relay of this family')
  }
  const port = wanted.evenPort ? 'even' : 'any'
  const reserveNext = wanted.evenPort?.reserveNext === true
  const relay = { families, port, reserveNext, dontFragment: wanted.dontFragment === true } as const
  return askForRelay(request, relay, wanted.lifetime, state)
}

/** How peers are to be reached; over TCP only where that is on, and by clients on streams (RFC 6062 §5.1). */
function wantedTransport(
  { message, from }: SignedRequest,
  state: EngineState,
): Result<'udp' | 'tcp', Rejection> {
  const read = readAttributes(message, { transport: requestedTransport })
  if (!read.ok || read.value.transport === undefined) {
    return failure(reject(errorCodes.badRequest, 'no requested transport'))
  }
  const { transport } = read.value
  if (transport === udp) return success('udp')
  if (transport !== tcp || state.parts.tcpRelays !== true) {
    return failure(reject(errorCodes.unsupportedTransport, 'peers are not reached that way'))
  }
  return from.transport === 'udp'
    ? failure(reject(errorCodes.badRequest, 'TCP to peers needs a stream to the client'))
    : success('tcp')
}

function allocateTcp(request: SignedRequest, wanted: Wanted, state: EngineState): Outcome {
  const { evenPort: even, token, dontFragment: unfragmented, additional } = wanted
  if ([even, token, unfragmented, additional].some((value) => value !== undefined)) {
    return reject(errorCodes.badRequest, 'an attribute that only goes with UDP')
  }
  const families = relayFamilies(request, wanted.family, state)
  if (families.length === 0) {
    return reject(errorCodes.addressFamilyNotSupported, 'no relay of this family')
  }
  const datagrams = { reserveNext: false, dontFragment: false }
  const relay = { families, port: 'any', transport: 'tcp', ...datagrams } as const
  return askForRelay(request, relay, wanted.lifetime, state)
}

function claimReserved(
  request: SignedRequest,
  token: Uint8Array,
  wanted: Wanted,
  state: EngineState,
): Outcome {
  if (wanted.evenPort || wanted.family !== undefined || wanted.additional !== undefined) {
    return reject(errorCodes.badRequest, 'a reserved port cannot also be chosen')
  }
  const { owner, now } = request
  const reservation = state.reservations.verify(token, owner.userId, now.unixSeconds)
  if (!reservation) return reject(errorCodes.insufficientCapacity, 'no such reservation')
  const { family, port } = reservation
  const asked = wanted.dontFragment === true
  const relay = { families: [family], port, reserveNext: false, dontFragment: asked }
  return askForRelay(request, relay, wanted.lifetime, state)
}

function contradictingFamilies(wanted: Wanted): Rejection | undefined {
  if (wanted.additional === undefined) return undefined
  if (wanted.family !== undefined) {
    return reject(errorCodes.badRequest, 'requested and additional family exclude each other')
  }
  if (wanted.evenPort?.reserveNext) {
    return reject(errorCodes.badRequest, 'a port can be reserved for one family only')
  }
  if (wanted.additional !== 6) {
    return reject(errorCodes.badRequest, 'the additional family must be IPv6')
  }
  return undefined
}

function askForRelay(
  request: SignedRequest,
  relay: WantedRelay,
  lifetimeSeconds: number | undefined,
  state: EngineState,
): Outcome {
  const { from: client, owner, now } = request
  const { bytesPerSecondPerAllocation: bytesPerSecond } = state.parts.limits
  const allocation = new Allocation(state.nextId(), {
    client,
    owner,
    now,
    bytesPerSecond,
    dontFragment: relay.dontFragment,
    relaysTcp: relay.transport === 'tcp',
  })
  const { id } = allocation
  allocation.blocked = state.blockedUsers.has(owner.userId)
  state.allocations.add(allocation)
  state.pending.set(id, {
    request,
    lifetimeSeconds: grantedLifetimeSeconds(lifetimeSeconds),
    families: relay.families,
    reserveNext: relay.reserveNext,
  })
  state.deadlines.set(id, now.monotonicMs + bindDeadlineMs)
  const families = relay.families.filter((family) => state.parts.relayFamilies.includes(family))
  const user = { userId: owner.userId, clientIp: client.client.ip }
  state.emit({ type: 'bindRelay', allocation: id, ...relay, families, ...user })
  return { type: 'pending' }
}

const bothFamilies: readonly Family[] = [4, 6]

function relayFamilies(
  request: SignedRequest,
  wanted: Family | 'other' | undefined,
  state: EngineState,
): readonly Family[] {
  const { relayFamilies: ours } = state.parts
  if (wanted !== undefined) return ours.filter((family) => family === wanted)
  // Browsers leave the attribute out also when they want the family they came by, so the RFC's IPv4 comes second.
  const same = ours.filter((family) => family === request.from.client.family)
  return same.length > 0 ? same : ours.slice(0, 1)
}
