import { readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { connectionId } from '../protocol/attributes/connection-id.ts'
import { errorCodes } from '../protocol/error-codes.ts'
import { methods } from '../protocol/methods.ts'
import type { StunMessage } from '../protocol/stun-message.ts'
import { fiveTupleKey } from '../protocol/transport-address.ts'
import type { Allocation } from './allocation.ts'
import { Answers } from './answers.ts'
import { type Authority, authenticate } from './authentication.ts'
import type { Credentials } from './credentials.ts'
import type { EngineState } from './engine-state.ts'
import { Guesses } from './guesses.ts'
import { unknownRequiredTypes } from './known-attributes.ts'
import type { NatDiscovery } from './nat-discovery.ts'
import { Nonces } from './nonce.ts'
import { RecentAnswers } from './recent-answers.ts'
import { type Outcome, reject, type SignedRequest, type TurnRequest } from './request.ts'
import { handleAllocate } from './requests/allocate.ts'
import { handleBinding } from './requests/binding.ts'
import { handleChannelBind } from './requests/channel-bind.ts'
import { handleConnect } from './requests/connect.ts'
import { handleConnectionBind } from './requests/connection-bind.ts'
import { handleCreatePermission } from './requests/create-permission.ts'
import { discoveryTypes, handleDiscovery } from './requests/discover-nat.ts'
import type { Finished } from './requests/finish-allocate.ts'
import { handleRefresh } from './requests/refresh.ts'
import { Strangers } from './strangers.ts'
import type { AllocationId, DropReason } from './turn-io.ts'

/** Who may ask for what. */
export type DeskOptions = Readonly<{
  realm: string
  credentials: Credentials
  /** The addresses for NAT behaviour discovery; without them its attributes are unknown. */
  natDiscovery?: NatDiscovery
  /** Whether an expired name can no longer use its allocation. */
  strictExpiry?: boolean
}>

const noTypes: ReadonlySet<number> = new Set()

type Handler = (request: SignedRequest, state: EngineState) => Outcome

const handlers: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [methods.allocate, handleAllocate],
  [methods.refresh, handleRefresh],
  [methods.createPermission, handleCreatePermission],
  [methods.channelBind, handleChannelBind],
])

/** Those of RFC 6062. */
const tcpHandlers: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [methods.connect, handleConnect],
  [methods.connectionBind, handleConnectionBind],
])

/** Takes requests in: who asks, whether it was asked before, what is understood; and lets their answers out. */
export class RequestDesk {
  readonly #state: EngineState
  readonly #authority: Authority
  readonly #natDiscovery: NatDiscovery | undefined
  readonly #answers: Answers
  readonly #strangers: Strangers
  readonly #recent: RecentAnswers

  constructor(state: EngineState, options: DeskOptions) {
    const { limits, random, nonceSecret = random.bytes(32) } = state.parts
    const { realm, credentials, strictExpiry = false } = options
    this.#state = state
    const guesses = new Guesses(limits, random)
    this.#authority = { realm, credentials, nonces: new Nonces(nonceSecret), guesses, strictExpiry }
    this.#natDiscovery = options.natDiscovery
    this.#answers = new Answers(this.#authority)
    this.#strangers = new Strangers(limits, random)
    this.#recent = new RecentAnswers(limits.recentAnswers)
  }

  /** Handles a request; returns why it gets no answer. */
  handle(request: TurnRequest): DropReason | undefined {
    const { message, from, now } = request
    if (message.method === methods.binding)
      return this.#answerStranger(request, this.#bind(request))
    const handler = this.#handlerOf(message.method)
    if (!handler) return 'unexpected'
    this.#state.flows.expire(now.monotonicMs)
    const again = this.#recent.find(requestKey(request), now.monotonicMs)
    if (again) {
      if (again.answer) this.#state.emit({ type: 'sendToClient', to: from, bytes: again.answer })
      return undefined
    }
    const allocation = this.#state.allocations.of(from)
    const owned = allocation ?? this.#joinedBy(message)
    const signer = authenticate(request, owned, this.#authority)
    if (!signer.ok) {
      if (signer.fault.wrongCredentials) this.#state.counters.authFailures++
      return this.#answerStranger(request, signer.fault)
    }
    const signed = { ...request, ...signer.value, allocation }
    this.#answerOwner(signed, this.#refusalOfUnknown(message) ?? handler(signed, this.#state))
    return undefined
  }

  /** Answers a request that waited for its relay sockets; sockets nobody waits for any more are closed. */
  finish(finished: Finished | undefined, bound?: Readonly<{ allocation: AllocationId }>): void {
    if (finished) this.#answerOwner(finished.request, finished.outcome)
    else if (bound) this.#state.emit({ type: 'closeRelay', allocation: bound.allocation })
  }

  #handlerOf(method: number): Handler | undefined {
    const offered = this.#state.parts.tcpRelays === true ? tcpHandlers.get(method) : undefined
    return handlers.get(method) ?? offered
  }

  /** The allocation whose connection a stream wants to be joined with; its owner may ask as it may on the allocation's own stream. */
  #joinedBy(message: StunMessage): Allocation | undefined {
    if (message.method !== methods.connectionBind) return undefined
    const read = readAttributes(message, { id: connectionId })
    const id = read.ok ? read.value.id : undefined
    return id === undefined ? undefined : this.#state.peerConnections.byId(id)?.allocation
  }

  #bind(request: TurnRequest): Outcome {
    const { message, from } = request
    const discovery = this.#natDiscovery
    if (!discovery?.serves(from)) return this.#refusalOfUnknown(message) ?? handleBinding(request)
    return this.#refusalOfUnknown(message, discoveryTypes) ?? handleDiscovery(request, discovery)
  }

  #answerStranger(request: TurnRequest, outcome: Outcome): DropReason | undefined {
    const { from, now } = request
    if (outcome.type === 'pending') return undefined
    const hasAllocation = this.#state.allocations.of(from) !== undefined
    const refusal = this.#strangers.refusalOf({ from, hasAllocation }, outcome, now.monotonicMs)
    if (refusal) return refusal
    this.#tellRejection(outcome)
    const bytes = this.#answers.encode(request, outcome, undefined)
    const to = (outcome.type === 'accepted' && outcome.answerOn) || from
    this.#state.emit({ type: 'sendToClient', to, bytes })
    return undefined
  }

  #answerOwner(request: SignedRequest, outcome: Outcome): void {
    const nowMs = request.now.monotonicMs
    if (outcome.type === 'pending') {
      this.#recent.remember(requestKey(request), undefined, nowMs)
      return
    }
    const isSelfTest = request.owner.userId === this.#state.parts.selfTestUserId
    if (!isSelfTest) this.#tellRejection(outcome)
    const bytes = this.#answers.encode(request, outcome, request)
    this.#recent.remember(requestKey(request), bytes, nowMs)
    this.#state.emit({ type: 'sendToClient', to: request.from, bytes })
    if (outcome.type === 'accepted') outcome.afterwards?.()
  }

  #tellRejection(outcome: Outcome): void {
    if (outcome.type !== 'rejected') return
    const { code, why } = outcome
    this.#state.counters.countRejection(outcome)
    this.#state.emit({ type: 'event', event: { name: 'requestRejected', code, why } })
  }

  #refusalOfUnknown(message: StunMessage, alsoKnown = noTypes): Outcome | undefined {
    const required = unknownRequiredTypes(message, this.#state.notOffered)
    const unknown = required.filter((type) => !alsoKnown.has(type))
    if (unknown.length === 0) return undefined
    return { ...reject(errorCodes.unknownAttribute, 'unknown required attribute'), unknown }
  }
}

function requestKey({ message, from }: TurnRequest): string {
  return `${fiveTupleKey(from)} ${message.method} ${message.transactionId.join('.')}`
}
