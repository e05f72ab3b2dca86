import { classify } from '../protocol/classify.ts'
import { methods } from '../protocol/methods.ts'
import { readPlainSend } from '../protocol/relayed-data.ts'
import { parseStunMessage } from '../protocol/stun-message.ts'
import type { FiveTuple } from '../protocol/transport-address.ts'
import type { Allocation } from './allocation.ts'
import type { DeniedPeerRow } from './denied-peers.ts'
import { type EngineParts, EngineState } from './engine-state.ts'
import type { FlowRow } from './flow.ts'
import { answerNotOpened, handlePeerConnectionNews } from './peer-connection-news.ts'
import { relayChannelData, relayFromPeer, relayIcmp, relaySend, relayToPeer } from './relaying.ts'
import { type DeskOptions, RequestDesk } from './request-desk.ts'
import { handleRelayBound, handleRelayFailed } from './requests/finish-allocate.ts'
import type { AllocationId, DropReason, Now, TurnInput, TurnOutput, TurnStats } from './turn-io.ts'
import type { Usage } from './user-budgets.ts'

/** What a server is made of. */
export type TurnServerOptions = EngineParts & DeskOptions

type Administration = Extract<TurnInput, { type: 'policyChanged' | 'usersBlocked' | 'disconnect' }>

/**
 * A TURN server without sockets, clock or timers. Give it one input, poll all outputs, then arm one timer for
 * {@link TurnServer.nextTimeoutMs}; nothing else calls in.
 */
export class TurnServer {
  readonly #state: EngineState
  readonly #desk: RequestDesk
  /** The output to be polled next, apart from those that wait behind it: data makes one, and needs no queue. */
  #next: TurnOutput | undefined
  readonly #waiting: TurnOutput[] = []

  constructor(options: TurnServerOptions) {
    this.#state = new EngineState(options, (output) => this.#emit(output))
    this.#desk = new RequestDesk(this.#state, options)
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
        this.#desk.finish(handleRelayBound(this.#state, input, now), input)
        return
      case 'relayFailed':
        this.#desk.finish(handleRelayFailed(this.#state, input.allocation, input.fault))
        return
      case 'peerConnection':
        this.#desk.finish(handlePeerConnectionNews(this.#state, input.news, now))
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
    for (const connect of this.#state.peerConnections.expire(now.monotonicMs)) {
      this.#desk.finish(answerNotOpened({ ...connect, now }))
    }
    for (;;) {
      const due = this.#state.deadlines.takeDue(now.monotonicMs)
      if (due === undefined) return
      this.#expire(due, now.monotonicMs)
    }
  }

  /** The next thing to do; undefined when all is done. */
  pollOutput(): TurnOutput | undefined {
    const output = this.#next
    this.#next = this.#waiting.length > 0 ? this.#waiting.shift() : undefined
    return output
  }

  /** When {@link handleTimeout} wants to be called, in monotonic ms; undefined when nothing waits. */
  nextTimeoutMs(): number | undefined {
    const { deadlines, flows, peerConnections } = this.#state
    return earlier(earlier(deadlines.next(), flows.next()), peerConnections.next())
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

  /** Relayed bytes by user id since the last call; empty where no limit per user is set. */
  takeUsage(): Usage {
    return this.#state.takeUsage()
  }

  /** Whether every index tells the same story; for tests. */
  indexesAgree(): boolean {
    const { allocations, deadlines, flows, peerConnections } = this.#state
    const all = [...allocations.values()]
    const rows: ReadonlySet<FlowRow> = new Set(flows.rows())
    const ofAllocations = all.flatMap((allocation) => allocation.flows())
    return (
      allocations.indexesAgree() &&
      peerConnections.indexesAgree((id) => allocations.byId(id) !== undefined) &&
      deadlines.size === allocations.size &&
      ofAllocations.length === rows.size &&
      ofAllocations.every((flow) => rows.has(flow))
    )
  }

  #emit(output: TurnOutput): void {
    if (output.type === 'sendToClient') this.#state.counters.sentBytes += output.bytes.length
    if (this.#next) this.#waiting.push(output)
    else this.#next = output
  }

  #handleClientMessage(bytes: Uint8Array, from: FiveTuple, now: Now): DropReason | undefined {
    const kind = classify(bytes)
    if (kind === 'channelData') return relayChannelData(this.#state, bytes, from, now.monotonicMs)
    if (kind === 'other' || from.client.port === 0) return 'notTurn'
    const plainSend = readPlainSend(bytes)
    if (plainSend) return relayToPeer(this.#state, from, plainSend, now.monotonicMs)
    const parsed = parseStunMessage(bytes)
    if (!parsed.ok) return 'malformed'
    const message = parsed.value
    if (message.class === 'request') return this.#desk.handle({ message, from, now })
    if (message.class === 'indication' && message.method === methods.send) {
      return relaySend(this.#state, message, from, now.monotonicMs)
    }
    // A Binding indication only keeps a NAT open; responses never get an answer, or two servers could answer for ever.
    return message.method === methods.binding && message.class === 'indication'
      ? undefined
      : 'unexpected'
  }

  /** On a stream a stranger who gets no answer would wait for it; hanging up says so, and frees the place. */
  #dropped(reason: DropReason | undefined, from: FiveTuple): void {
    this.#state.counters.countDrop(reason)
    const fruitless = reason !== undefined && fruitlessReasons.has(reason)
    if (fruitless && from.transport !== 'udp' && !this.hasAllocation(from)) {
      this.#emit({ type: 'closeClient', client: from })
    }
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

  /** Tells a client whose relay sockets do not come. */
  #giveUp(id: AllocationId): void {
    this.#desk.finish(handleRelayFailed(this.#state, id, 'insufficientCapacity'))
    this.#emit({ type: 'closeRelay', allocation: id })
  }
}

function earlier(first: number | undefined, second: number | undefined): number | undefined {
  return first === undefined || (second !== undefined && second < first) ? second : first
}

const fruitlessReasons: ReadonlySet<DropReason> = new Set([
  'malformed',
  'overBudget',
  'tooManyGuesses',
])
