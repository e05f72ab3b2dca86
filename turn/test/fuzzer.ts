import { channelNumber } from '../protocol/attributes/channel-number.ts'
import { data } from '../protocol/attributes/data.ts'
import { evenPort } from '../protocol/attributes/even-port.ts'
import { lifetime } from '../protocol/attributes/lifetime.ts'
import { requestedAddressFamily } from '../protocol/attributes/requested-address-family.ts'
import { requestedTransport } from '../protocol/attributes/requested-transport.ts'
import { reservationToken } from '../protocol/attributes/reservation-token.ts'
import { xorMappedAddress } from '../protocol/attributes/xor-mapped-address.ts'
import { xorPeerAddress } from '../protocol/attributes/xor-peer-address.ts'
import { type ChannelNumber, encodeChannelData } from '../protocol/channel-data.ts'
import { StreamSplitter } from '../protocol/stream-splitter.ts'
import type { TransactionId } from '../protocol/stun-message.ts'
import type { TransportAddress } from '../protocol/transport-address.ts'
import { NatDiscovery } from '../server/nat-discovery.ts'
import type { PeerConnectionTask } from '../server/peer-connection-io.ts'
import type { AllocationId, TurnInput, TurnOutput } from '../server/turn-io.ts'
import { type AttributeMaker, encodeRequest, having, havingRaw } from './encode-request.ts'
import { KnownConnections } from './known-connections.ts'
import { peerAt, Scenario, type ScenarioClient } from './scenario.ts'
import { seeded } from './seeded.ts'

/** What a run met; all of it has to be more than nothing, or the run has not reached the engine's inside. */
export type FuzzReport = Record<keyof typeof nothing, number>

const nothing = { answered: 0, relayed: 0, created: 0, deleted: 0, connected: 0 }

const methodNumbers = [0x001, 0x003, 0x004, 0x006, 0x007, 0x008, 0x009, 0x00a, 0x00b, 0x00c, 0xfff]
// Every type of RFC 8489, 8656, 6062, 5780 and 8016, some nobody knows, and MESSAGE-INTEGRITY in the wrong place.
const typeNumbers = [
  0x0001, 0x0003, 0x0006, 0x0008, 0x0009, 0x000a, 0x000c, 0x000d, 0x0012, 0x0013, 0x0014, 0x0015,
  0x0016, 0x0017, 0x0018, 0x0019, 0x001a, 0x001c, 0x001d, 0x001e, 0x0020, 0x0022, 0x0024, 0x0026,
  0x0027, 0x002a, 0x8000, 0x8001, 0x8002, 0x8003, 0x8004, 0x8022, 0x8028, 0x802b, 0x802c, 0x8030,
  0x7777, 0xffff,
]
const peers: readonly TransportAddress[] = [
  peerAt(1),
  peerAt(2, 0),
  peerAt(3, 65_535),
  { family: 4, ip: '127.0.0.1', port: 80 },
  { family: 4, ip: '203.0.113.1', port: 8443 },
  { family: 4, ip: '203.0.113.1', port: 22 },
  { family: 6, ip: '::ffff:127.0.0.1', port: 80 },
  { family: 6, ip: '2600::1', port: 4000 },
]
const makers: readonly AttributeMaker[] = [
  having(requestedTransport, 17),
  having(requestedTransport, 6),
  having(requestedAddressFamily, 6),
  having(requestedAddressFamily, 4),
  having(evenPort, { reserveNext: true }),
  having(reservationToken, new Uint8Array(8)),
  having(lifetime, 0),
  having(lifetime, 700),
  having(channelNumber, 0x4000 as ChannelNumber),
  having(channelNumber, 0x4001 as ChannelNumber),
  having(xorMappedAddress, peerAt(1)),
  having(data, Buffer.from('payload')),
  ...peers.map((peer) => having(xorPeerAddress, peer)),
  ...[0x8000, 0x001a, 0x0003, 0x0027].map((type) => havingRaw(type, Uint8Array.of(2, 0, 0, 0))),
]
const inside = /^(0|10|127|169\.254|192\.168|22[4-9]|2[3-5]\d)\.|^::|^f[c-f]/
const unlimited = {
  unauthenticatedAnswersPerSecond: 1e9,
  unauthenticatedAnswersBurst: 1e9,
  wrongCredentialsPerMinute: 1e9,
}

/** Feeds a server without sockets with broken and odd messages, the same ones for the same seed. */
export class Fuzzer {
  readonly report: FuzzReport = { ...nothing }
  readonly #random: () => number
  readonly #scenario = new Scenario({
    families: [4, 6],
    limits: { ...unlimited, allocations: 64 },
    rules: { denied: [] },
    parts: {
      canDontFragment: true,
      tcpRelays: true,
      natDiscovery: new NatDiscovery(
        { ip: '203.0.113.1', port: 3478 },
        { ip: '203.0.113.2', port: 3479 },
      ),
    },
  })
  readonly #clients: readonly ScenarioClient[]
  readonly #connections = new KnownConnections()
  readonly #splitter = { current: new StreamSplitter() }

  constructor(seed: number) {
    this.#random = seeded(seed)
    const transports = ['udp', 'udp', 'udp', 'tcp', 'tls'] as const
    this.#clients = transports.map((transport, n) =>
      this.#scenario.client({ port: 100 + n, transport }),
    )
  }

  /** Sends so many packets; throws with the bytes of the first that breaks something. */
  run(packets: number): void {
    for (let sent = 0; sent < packets; sent++) {
      if (sent % 250 === 0) this.#renew()
      const bytes = this.#next()
      if (sent % 5000 === 0 && !this.#scenario.server.indexesAgree()) {
        throw new Error(
          `indexes differ after packet ${sent}: ${Buffer.from(bytes).toString('hex')}`,
        )
      }
    }
  }

  /** Time goes by and everybody comes back with fresh credentials, a nonce and an allocation. */
  #renew(): void {
    this.#note(this.#scenario.advance(this.#below(200)))
    for (const client of this.#clients) {
      client.login = this.#scenario.client().login
      client.learnNonce()
      const protocol = client.tuple.transport === 'tls' ? 6 : 17
      this.#note(client.request(0x003, having(requestedTransport, protocol)))
      this.#note(client.request(0x008, having(xorPeerAddress, peerAt(1))))
      this.#note(client.request(0x00a, having(xorPeerAddress, peerAt(1))))
      const channel = having(channelNumber, 0x4000 as ChannelNumber)
      this.#note(client.request(0x009, channel, having(xorPeerAddress, peerAt(1))))
    }
  }

  #next(): Uint8Array {
    const dice = this.#random()
    if (dice < 0.45) return this.#send(this.#mutated(this.#valid()))
    if (dice < 0.75) return this.#send(this.#signed(this.#client()))
    if (dice < 0.9) return this.#peer(this.#mutated(this.#valid()))
    if (dice < 0.98) return this.#stream(this.#mutated(this.#valid()))
    this.#note(this.#scenario.advance(this.#below(20)))
    if (dice < 0.982) this.#shell()
    return new Uint8Array(0)
  }

  #send(bytes: Uint8Array): Uint8Array {
    this.#guarded(bytes, () => this.#scenario.bind(this.#client().send(bytes)))
    return bytes
  }

  #peer(bytes: Uint8Array): Uint8Array {
    const allocation = this.#allocation()
    const peer = this.#pick(peers)
    const payload = this.#random() < 0.1 ? new Uint8Array(0) : bytes
    this.#guarded(payload, () =>
      this.#scenario.input({ type: 'peerDatagram', allocation, peer, bytes: payload }),
    )
    return payload
  }

  #stream(bytes: Uint8Array): Uint8Array {
    this.#guarded(bytes, () => {
      this.#splitter.current.push(bytes)
      for (;;) {
        const message = this.#splitter.current.next()
        if (message === 'more') return []
        if (message === 'fault') {
          this.#splitter.current = new StreamSplitter()
          return []
        }
        this.#note(this.#scenario.bind(this.#client().send(message)))
      }
    })
    return bytes
  }

  /** What the shell and the operator may do at any time. */
  #shell(): void {
    const allocation = this.#allocation()
    const icmp = { type: this.#below(256), code: this.#below(256), info: this.#below(65_536) }
    const connection = this.#connections.at(this.#below(8))
    const users = this.#random() < 0.2 ? ['alice'] : []
    const input = this.#pick<TurnInput>([
      { type: 'clientClosed', from: this.#client().tuple },
      { type: 'disconnect', allocation },
      { type: 'policyChanged' },
      { type: 'usersBlocked', userIds: new Set(users) },
      { type: 'peerUnreachable', allocation, peer: this.#pick(peers), icmp },
      { type: 'relayFailed', allocation, fault: 'insufficientCapacity' },
      { type: 'peerConnection', news: { name: 'opened', connection } },
      { type: 'peerConnection', news: { name: 'arrived', allocation, peer: this.#pick(peers) } },
      { type: 'peerConnection', news: { name: 'relayed', connection, way: 'toClient', bytes: 9 } },
    ])
    this.#note(this.#scenario.input(input))
  }

  #guarded(bytes: Uint8Array, step: () => readonly TurnOutput[]): void {
    try {
      this.#note(step())
    } catch (error) {
      throw new Error(`broke on ${Buffer.from(bytes).toString('hex')}`, { cause: error })
    }
  }

  #note(outputs: readonly TurnOutput[]): void {
    this.#connections.follow(outputs)
    for (const output of outputs) {
      if (output.type === 'peerConnection') this.#checkTask(output.task)
      if (output.type === 'sendToClient') this.report.answered++
      if (output.type === 'sendToPeer') this.#checkPeer(output.peer)
    }
    for (const { name } of this.#scenario.events.splice(0)) {
      if (name === 'allocationCreated') this.report.created++
      if (name === 'allocationDeleted') this.report.deleted++
    }
  }

  #checkTask(task: PeerConnectionTask): void {
    if (task.name !== 'open') return
    this.report.connected++
    this.#checkPeer(task.peer)
  }

  #checkPeer({ ip, port }: TransportAddress): void {
    this.report.relayed++
    const own = ip === '203.0.113.1'
    if (port === 0 || inside.test(ip) || (own && port !== 8443 && port < 49_152))
      throw new Error(`relayed to ${ip}:${port}`)
  }

  #valid(): Uint8Array {
    const dice = this.#random()
    if (dice < 0.2) {
      const channel = (0x4000 + this.#below(3)) as ChannelNumber
      return encodeChannelData(channel, this.#bytes(this.#below(40)), this.#random() < 0.5)
    }
    if (dice < 0.6) return this.#signed(this.#client())
    const messageClass = this.#pick(['request', 'indication', 'success', 'error'] as const)
    return encodeRequest(this.#pick(methodNumbers), this.#attributes(), {
      class: messageClass,
      transactionId: this.#bytes(12) as TransactionId,
      fingerprint: this.#random() < 0.3,
    })
  }

  #signed({ login }: ScenarioClient): Uint8Array {
    return encodeRequest(this.#pick(methodNumbers), this.#attributes(), {
      login,
      transactionId: this.#bytes(12) as TransactionId,
      fingerprint: this.#random() < 0.3,
    })
  }

  #attributes(): readonly AttributeMaker[] {
    return Array.from({ length: this.#below(5) }, () => {
      const dice = this.#random()
      if (dice < 0.7) return this.#pick(makers)
      if (dice > 0.85) return havingRaw(this.#pick(typeNumbers), this.#bytes(this.#below(24)))
      const made = this.#pick(makers)
      return (transactionId) => {
        const { type, value } = made(transactionId)
        return { type, value: this.#mutated(value) }
      }
    })
  }

  #mutated(bytes: Uint8Array): Uint8Array {
    const dice = this.#random()
    if (dice < 0.1) return bytes.slice(0, this.#below(bytes.length + 1))
    if (dice < 0.2) return Buffer.concat([bytes, this.#bytes(this.#below(24))])
    if (dice < 0.25) return this.#bytes(this.#below(64))
    const changed = Uint8Array.from(bytes)
    for (let n = this.#below(4); n >= 0 && changed.length > 0; n--) {
      const at = this.#below(this.#random() < 0.5 ? Math.min(8, changed.length) : changed.length)
      changed[at] = this.#pick([0, 1, 0x7f, 0x80, 0xff, this.#below(256)])
    }
    return changed
  }

  #allocation(): AllocationId {
    const live = [...this.#scenario.server.allocations()].map(({ id }) => id)
    return this.#pick([...live, '0' as AllocationId])
  }

  #client(): ScenarioClient {
    return this.#pick(this.#clients)
  }

  #bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.#below(256))
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  #pick<T>(items: readonly T[]): T {
    const item = items[this.#below(items.length)]
    if (item === undefined) throw new Error('nothing to pick from')
    return item
  }
}
