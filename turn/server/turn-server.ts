import { classify } from '../protocol/classify.ts'
import { errorCodes } from '../protocol/error-codes.ts'
import { methods } from '../protocol/methods.ts'
import { parseStunMessage, type StunMessage } from '../protocol/stun-message.ts'
import { type FiveTuple, fiveTupleKey } from '../protocol/transport-address.ts'
import type { Allocation } from './allocation.ts'
import { Answers } from './answers.ts'
import { type Authority, authenticate } from './authentication.ts'
import type { Credentials } from './credentials.ts'
import type { DeniedPeerRow } from './denied-peers.ts'
import { type EngineParts, EngineState } from './engine-state.ts'
import type { FlowRow } from './flow.ts'
import { unknownRequiredTypes } from './known-attributes.ts'
import { Nonces } from './nonce.ts'
import { RecentAnswers } from './recent-answers.ts'
import { relayChannelData, relayFromPeer, relayIcmp, relaySend } from './relaying.ts'
import { type Outcome, reject, type SignedRequest, type TurnRequest } from './request.ts'
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
    /** Whether an expired name can no longer use its allocation. */
    strictExpiry?: boolean
  }>

type Administration = Extract<TurnInput, { type: 'policyChanged' | 'usersBlocked' | 'disconnect' }>

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
    const { counters } = this.#state
    switch (input.type) {
      case 'clientMessage':
        counters.receivedBytes += input.bytes.length
        this.#dropped(this.#handleClientMessage(input.bytes, input.from, now), input.from)
        return
      case 'peerDatagram':
        counters.countDrop(relayFromPeer(this.#state, input, now.monotonicMs))
        return
      case 'peerUnreachable':
        counters.countDrop(relayIcmp(this.#state, input, now.monotonicMs))
        return
      case 'relayBound':
        this.#finish(handleRelayBound(this.#state, input, now), input)
        return
      case 'relayFailed':
        this.#finish(handleRelayFailed(this.#state, input.allocation, input.fault))
        return
      case 'clientClosed':
        this.#end(this.#state.allocations.of(input.from))
        return
      default:
        this.#administer(input)
    }
  }

  #administer(input: Administration): void {
    if (input.type === 'policyChanged') this.#state.reviewFlows()
    else if (input.type === 'usersBlocked') this.#state.blockUsers(input.userIds)
    else this.#disconnect(this.#state.allocations.byId(input.allocation))
  }

  /** Ends what has lived its time; to be called at {@link nextTimeoutMs}, later does no harm but keep it longer. */
  handleTimeout(now: Now): void {
    this.#state.flows.expire(now.monotonicMs)
    for (;;) {
      const due = this.#state.deadlines.takeDue(now.monotonicMs)
      if (due === undefined) return
      this.#expire(due, now.monotonicMs)
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
    const { deadlines, flows } = this.#state
    const first = deadlines.next()
    const second = flows.next()
    return first === undefined || (second !== undefined && second < first) ? second : first
  }

  /** Counters and what there is. */
  stats(): TurnStats {
    const { deniedPeers, allocations, counters } = this.#state
    return {
      ...counters.snapshot(),
      allocations: allocations.size,
      byTransport: allocations.byTransport,
      byFamily: allocations.byFamily,
      deniedPeers: deniedPeers.total,
    }
  }

  /** What may be relayed for whom: all permissions and channel bindings there are. */
  flows(): Iterable<FlowRow> {
    return this.#state.flows.rows()
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
    const { allocations, deadlines, flows } = this.#state
    const all = [...allocations.values()]
    const rows: ReadonlySet<FlowRow> = new Set(flows.rows())
    const ofAllocations = all.flatMap((allocation) => allocation.flows())
    return (
      allocations.indexesAgree() &&
      deadlines.size === allocations.size &&
      ofAllocations.length === rows.size &&
      ofAllocations.every((flow) => rows.has(flow))
    )
  }

  #emit(output: TurnOutput): void {
    if (output.type === 'sendToClient') this.#state.counters.sentBytes += output.bytes.length
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
    this.#state.flows.expire(now.monotonicMs)
    const again = this.#recent.find(requestKey(request), now.monotonicMs)
    if (again) {
      if (again.answer) this.#emit({ type: 'sendToClient', to: from, bytes: again.answer })
      return undefined
    }
    const allocation = this.#state.allocations.of(from)
    const signer = authenticate(request, allocation, this.#authority)
    if (!signer.ok) {
      if (signer.fault.wrongCredentials) this.#state.counters.authFailures++
      return this.#answerStranger(request, signer.fault)
    }
    const signed = { ...request, ...signer.value, allocation }
    this.#answerOwner(signed, this.#refusalOfUnknown(message) ?? handler(signed, this.#state))
    return undefined
  }

  /** On a stream a stranger who gets no answer would wait for it; hanging up says so, and frees the place. */
  #dropped(reason: DropReason | undefined, from: FiveTuple): void {
    this.#state.counters.countDrop(reason)
    const fruitless = reason !== undefined && fruitlessReasons.has(reason)
    if (fruitless && from.transport !== 'udp' && !this.hasAllocation(from)) {
      this.#emit({ type: 'closeClient', client: from })
    }
  }

  #bind(request: TurnRequest): Outcome {
    return this.#refusalOfUnknown(request.message) ?? handleBinding(request)
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
    this.#state.counters.countRejection(outcome)
    this.#emit({ type: 'event', event: { name: 'requestRejected', code, why } })
  }

  #finish(finished: Finished | undefined, bound?: Readonly<{ allocation: AllocationId }>): void {
    if (finished) this.#answerOwner(finished.request, finished.outcome)
    else if (bound) this.#emit({ type: 'closeRelay', allocation: bound.allocation })
  }

  #end(allocation: Allocation | undefined): void {
    if (allocation) this.#state.delete(allocation, 'clientClosed')
  }

  #disconnect(allocation: Allocation | undefined): void {
    if (!allocation) return
    const { id, client } = allocation
    if (this.#state.pending.has(id)) this.#giveUp(id)
    else this.#state.delete(allocation, 'disconnected')
    if (client.transport !== 'udp') this.#emit({ type: 'closeClient', client })
  }

  #expire(id: AllocationId, nowMs: number): void {
    if (this.#state.pending.has(id)) {
      this.#giveUp(id)
      return
    }
    const allocation = this.#state.allocations.byId(id)
    for (const family of allocation?.expiredFamilies(nowMs) ?? []) {
      if (allocation) this.#state.deleteFamily(allocation, family, 'expired')
    }
  }

  #refusalOfUnknown(message: StunMessage): Outcome | undefined {
    const unknown = unknownRequiredTypes(message, this.#state.notOffered)
    if (unknown.length === 0) return undefined
    return { ...reject(errorCodes.unknownAttribute, 'unknown required attribute'), unknown }
  }

  /** Tells a client whose relay sockets do not come. */
  #giveUp(id: AllocationId): void {
    this.#finish(handleRelayFailed(this.#state, id, 'insufficientCapacity'))
    this.#emit({ type: 'closeRelay', allocation: id })
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
