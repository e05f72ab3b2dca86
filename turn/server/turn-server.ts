import { classify } from '../protocol/classify.ts'
import { errorCodes } from '../protocol/error-codes.ts'
import { methods } from '../protocol/methods.ts'
import { parseStunMessage, type StunMessage } from '../protocol/stun-message.ts'
import { type FiveTuple, fiveTupleKey } from '../protocol/transport-address.ts'
import type { Allocation } from './allocation.ts'
import { Answers } from './answers.ts'
import { type Authority, authenticate } from './authentication.ts'
import { Counters } from './counters.ts'
import type { Credentials } from './credentials.ts'
import type { DeniedPeerRow } from './denied-peers.ts'
import { type EngineParts, EngineState } from './engine-state.ts'
import { unknownRequiredTypes } from './known-attributes.ts'
import { Nonces } from './nonce.ts'
import { RecentAnswers } from './recent-answers.ts'
import { relayChannelData, relayFromPeer, relaySend } from './relaying.ts'
import {
  type Outcome,
  type Rejection,
  reject,
  type SignedRequest,
  type TurnRequest,
} from './request.ts'
import { handleAllocate } from './requests/allocate.ts'
import { handleBinding } from './requests/binding.ts'
import { handleChannelBind } from './requests/channel-bind.ts'
import { handleCreatePermission } from './requests/create-permission.ts'
import { type Finished, handleRelayBound, handleRelayFailed } from './requests/finish-allocate.ts'
import { handleRefresh } from './requests/refresh.ts'
import { Strangers } from './strangers.ts'
import type { AllocationId, DropReason, Now, TurnInput, TurnOutput, TurnStats } from './turn-io.ts'

/** What a server is made of. */
export type TurnServerOptions = EngineParts &
  Readonly<{
    realm: string
    credentials: Credentials
    /** What nonces are made with; engines with the same secret take each other's. Random when absent. */
    nonceSecret?: Uint8Array
    /** Whether an expired name can no longer use its allocation. */
    strictExpiry?: boolean
  }>

type Handler = (request: SignedRequest, state: EngineState) => Outcome

const handlers: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [methods.allocate, handleAllocate],
  [methods.refresh, handleRefresh],
  [methods.createPermission, handleCreatePermission],
  [methods.channelBind, handleChannelBind],
])

/**
 * A TURN server without sockets, clock or timers. Give it one input, poll all outputs, then arm one timer for
 * {@link TurnServer.nextTimeoutMs}; nothing else calls in.
 */
export class TurnServer {
  readonly #state: EngineState
  readonly #authority: Authority
  readonly #answers: Answers
  readonly #strangers: Strangers
  readonly #recent: RecentAnswers
  readonly #counters = new Counters()
  #outputs: TurnOutput[] = []
  #polled = 0

  constructor(options: TurnServerOptions) {
    const { limits, random } = options
    this.#state = new EngineState(options, (output) => this.#emit(output))
    const { realm, credentials, strictExpiry = false } = options
    const nonces = new Nonces(options.nonceSecret ?? random.bytes(32))
    this.#authority = { realm, credentials, nonces, strictExpiry }
    this.#answers = new Answers(this.#authority)
    this.#strangers = new Strangers(limits, random)
    this.#recent = new RecentAnswers(limits.recentAnswers)
  }

  /** Takes one thing that happened. */
  handleInput(input: TurnInput, now: Now): void {
    switch (input.type) {
      case 'clientMessage':
        this.#counters.receivedBytes += input.bytes.length
        this.#dropped(this.#handleClientMessage(input.bytes, input.from, now), input.from)
        return
      case 'peerDatagram':
        this.#counters.countDrop(relayFromPeer(this.#state, input, now.monotonicMs))
        return
      case 'clientClosed':
        this.#end(this.#state.allocations.of(input.from))
        return
      case 'relayBound':
        this.#finish(handleRelayBound(this.#state, input.allocation, input.relayed, now), input)
        return
      case 'relayFailed':
        this.#finish(handleRelayFailed(this.#state, input.allocation, input.fault))
    }
  }

  /** Ends what has lived its time; to be called at {@link nextTimeoutMs}, later does no harm but keep it longer. */
  handleTimeout(now: Now): void {
    for (;;) {
      const due = this.#state.deadlines.takeDue(now.monotonicMs) as AllocationId | undefined
      if (due === undefined) return
      this.#expire(due)
    }
  }

  /** The next thing to do; undefined when all is done. */
  pollOutput(): TurnOutput | undefined {
    const output = this.#outputs[this.#polled]
    if (output !== undefined) this.#polled++
    else if (this.#polled > 0) {
      this.#outputs = []
      this.#polled = 0
    }
    return output
  }

  /** When {@link handleTimeout} wants to be called, in monotonic ms; undefined when nothing waits. */
  nextTimeoutMs(): number | undefined {
    return this.#state.deadlines.next()
  }

  /** Counters and what there is. */
  stats(): TurnStats {
    const { rejectionsByCode, authFailures, dropsByReason, receivedBytes, sentBytes } =
      this.#counters
    const { deniedPeers, allocations } = this.#state
    return {
      allocations: allocations.size,
      byTransport: allocations.byTransport,
      receivedBytes,
      sentBytes,
      rejectionsByCode,
      authFailures,
      dropsByReason,
      deniedPeers: deniedPeers.total,
    }
  }

  /** The allocations there are, oldest first; those waiting for a relay socket have no relayed address. */
  allocations(): Iterable<Allocation> {
    return this.#state.allocations.values()
  }

  /** Peers refused lately, newest first. */
  deniedPeers(now: Now): readonly DeniedPeerRow[] {
    return this.#state.deniedPeers.rows(now)
  }

  /** Whether a client has an allocation, or waits for one. */
  hasAllocation(client: FiveTuple): boolean {
    return this.#state.allocations.of(client) !== undefined
  }

  /** Whether every index tells the same story; for tests. */
  indexesAgree(): boolean {
    const { allocations, reservations, deadlines, quotas, pending } = this.#state
    const reserving = [...pending.values()].filter(({ reserveNext }) => reserveNext).length
    return (
      allocations.indexesAgree() &&
      reservations.indexesAgree() &&
      deadlines.size === allocations.size + reservations.size &&
      quotas.total === allocations.size + reservations.size + reserving
    )
  }

  #emit(output: TurnOutput): void {
    if (output.type === 'sendToClient') this.#counters.sentBytes += output.bytes.length
    this.#outputs.push(output)
  }

  #handleClientMessage(bytes: Uint8Array, from: FiveTuple, now: Now): DropReason | undefined {
    const kind = classify(bytes)
    if (kind === 'channelData') return relayChannelData(this.#state, bytes, from, now.monotonicMs)
    if (kind === 'other' || from.client.port === 0) return 'notTurn'
    const parsed = parseStunMessage(bytes)
    if (!parsed.ok) return 'malformed'
    const message = parsed.value
    if (message.class === 'request') return this.#handleRequest({ message, from, now })
    if (message.class === 'indication' && message.method === methods.send) {
      return relaySend(this.#state, message, from, now.monotonicMs)
    }
    // A Binding indication only keeps a NAT open; responses never get an answer, or two servers could answer for ever.
    return message.method === methods.binding && message.class === 'indication'
      ? undefined
      : 'unexpected'
  }

  #handleRequest(request: TurnRequest): DropReason | undefined {
    const { message, from, now } = request
    if (message.method === methods.binding)
      return this.#answerStranger(request, this.#bind(request))
    const handler = handlers.get(message.method)
    if (!handler) return 'unexpected'
    const again = this.#recent.find(requestKey(request), now.monotonicMs)
    if (again) {
      if (again.answer) this.#emit({ type: 'sendToClient', to: from, bytes: again.answer })
      return undefined
    }
    const allocation = this.#state.allocations.of(from)
    const signer = authenticate(request, allocation, this.#authority)
    if (!signer.ok) return this.#refuseStranger(request, signer.fault)
    const signed = { ...request, ...signer.value, allocation }
    this.#answerOwner(signed, refusalOfUnknown(message) ?? handler(signed, this.#state))
    return undefined
  }

  /** On a stream a stranger who gets no answer would wait for it; hanging up says so, and frees the place. */
  #dropped(reason: DropReason | undefined, from: FiveTuple): void {
    this.#counters.countDrop(reason)
    const fruitless = reason !== undefined && fruitlessReasons.has(reason)
    if (fruitless && from.transport !== 'udp' && !this.hasAllocation(from)) {
      this.#emit({ type: 'closeClient', client: from })
    }
  }

  #bind(request: TurnRequest): Outcome {
    return refusalOfUnknown(request.message) ?? handleBinding(request)
  }

  #refuseStranger(request: TurnRequest, rejection: Rejection): DropReason | undefined {
    if (rejection.wrongCredentials) this.#counters.authFailures++
    return this.#answerStranger(request, rejection)
  }

  #answerStranger(request: TurnRequest, outcome: Outcome): DropReason | undefined {
    const { from, now } = request
    if (outcome.type === 'pending') return undefined
    const refusal = this.hasAllocation(from)
      ? undefined
      : this.#strangers.refusalOf(from.client.ip, outcome, now.monotonicMs)
    if (refusal) return refusal
    this.#tellRejection(outcome)
    const bytes = this.#answers.encode(request, outcome, undefined)
    this.#emit({ type: 'sendToClient', to: from, bytes })
    return undefined
  }

  #answerOwner(request: SignedRequest, outcome: Outcome): void {
    const nowMs = request.now.monotonicMs
    if (outcome.type === 'pending') {
      this.#recent.remember(requestKey(request), undefined, nowMs)
      return
    }
    this.#tellRejection(outcome)
    const bytes = this.#answers.encode(request, outcome, request)
    this.#recent.remember(requestKey(request), bytes, nowMs)
    this.#emit({ type: 'sendToClient', to: request.from, bytes })
  }

  #tellRejection(outcome: Outcome): void {
    if (outcome.type !== 'rejected') return
    const { code, why } = outcome
    this.#counters.countRejection(code)
    this.#emit({ type: 'event', event: { name: 'requestRejected', code, why } })
  }

  #finish(finished: Finished | undefined, bound?: Readonly<{ allocation: AllocationId }>): void {
    if (finished) this.#answerOwner(finished.request, finished.outcome)
    else if (bound) this.#emit({ type: 'closeRelay', allocation: bound.allocation })
  }

  #end(allocation: Allocation | undefined): void {
    if (allocation) this.#state.delete(allocation, 'clientClosed')
  }

  #expire(id: AllocationId): void {
    const waiting = this.#state.pending.get(id)
    const allocation = this.#state.allocations.byId(id)
    if (waiting) {
      this.#finish(handleRelayFailed(this.#state, id, 'insufficientCapacity'))
      this.#emit({ type: 'closeRelay', allocation: id })
      if (waiting.reserveNext) this.#emit({ type: 'closeRelay', allocation: waiting.reserveNext })
    } else if (allocation) this.#state.delete(allocation, 'expired')
    else this.#state.expireReservation(id)
  }
}

const fruitlessReasons: ReadonlySet<DropReason> = new Set([
  'malformed',
  'overBudget',
  'tooManyGuesses',
])

function requestKey({ message, from }: TurnRequest): string {
  return `${fiveTupleKey(from)} ${message.method} ${message.transactionId.join('.')}`
}

function refusalOfUnknown(message: StunMessage): Outcome | undefined {
  const unknown = unknownRequiredTypes(message)
  if (unknown.length === 0) return undefined
  return { ...reject(errorCodes.unknownAttribute, 'unknown required attribute'), unknown }
}
