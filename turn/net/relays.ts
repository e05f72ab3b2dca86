import type { Family, TransportAddress } from '../protocol/transport-address.ts'
import type { PeerConnectionTask } from '../server/peer-connection-io.ts'
import type { AllocationId, BindRelay, TurnInput } from '../server/turn-io.ts'
import type { PeerDatagram } from './driver.ts'
import type { StreamSockets } from './kernel/stream-sockets.ts'
import type { PeerStreamsEvents } from './peer-streams.ts'
import { RelaySockets, type RelaySocketsOptions } from './relay-sockets.ts'
import { TcpRelays } from './tcp-relays.ts'

/** What relays of both kinds need, and whom they tell. */
export type RelaysOptions = Omit<
  RelaySocketsOptions,
  'onBound' | 'onFailed' | 'onDatagram' | 'onUnreached'
> &
  Pick<PeerStreamsEvents, 'takeStream'> &
  Readonly<{
    /** Sockets for TCP relays; there are none without. */
    streamSockets: StreamSockets | undefined
    /** Hears all that happens. */
    handle: (input: TurnInput) => void
  }>

/** The relays of all allocations, for datagrams and for TCP connections. */
export class Relays {
  readonly #datagrams: RelaySockets
  readonly #streams: TcpRelays | undefined

  constructor(options: RelaysOptions) {
    const { handle, streamSockets: sockets } = options
    const shared: Pick<RelaySocketsOptions, 'onBound' | 'onFailed'> = {
      onBound: (allocation, relayed, missing) =>
        handle({ type: 'relayBound', allocation, relayed, ...(missing && { missing }) }),
      onFailed: (allocation, fault) => handle({ type: 'relayFailed', allocation, fault }),
    }
    this.#datagrams = new RelaySockets({
      ...options,
      ...shared,
      onDatagram: (allocation, peer, bytes) =>
        handle({ type: 'peerDatagram', allocation, peer, bytes }),
      onUnreached: (allocation, unreached) =>
        handle({ type: 'peerUnreachable', allocation, ...unreached }),
    })
    const onNews: PeerStreamsEvents['onNews'] = (news) => handle({ type: 'peerConnection', news })
    if (sockets) this.#streams = new TcpRelays({ ...options, ...shared, sockets, onNews })
  }

  /** Makes sure that the relay addresses can be bound; throws a TurnError when one cannot. */
  check(): Promise<void> {
    return this.#datagrams.check()
  }

  /** Datagrams the operating system refused to send. */
  get sendErrors(): number {
    return this.#datagrams.sendErrors
  }

  /** Binds what is asked for and tells the outcome. */
  open(request: BindRelay): Promise<void> {
    if (request.transport !== 'tcp') return this.#datagrams.open(request)
    if (!this.#streams) throw new Error('TCP relays are asked for only where there are some')
    return this.#streams.open(request)
  }

  /** Sends a datagram to a peer. */
  send(allocation: AllocationId, peer: TransportAddress, datagram: PeerDatagram): void {
    this.#datagrams.send(allocation, peer, datagram)
  }

  /** Does what the engine wants done with a TCP connection. */
  perform(task: PeerConnectionTask): void {
    this.#streams?.perform(task)
  }

  /** Closes an allocation's relay of one IP version or all. */
  close(allocation: AllocationId, family?: Family): void {
    this.#datagrams.close(allocation, family)
    this.#streams?.close(allocation)
  }

  /** Closes all. */
  closeAll(): void {
    this.#datagrams.closeAll()
    this.#streams?.closeAll()
  }
}
