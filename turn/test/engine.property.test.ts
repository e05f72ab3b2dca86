import fc from 'fast-check'
import t from 'tap'
import { additionalAddressFamily } from '../protocol/attributes/additional-address-family.ts'
import { channelNumber } from '../protocol/attributes/channel-number.ts'
import { connectionId } from '../protocol/attributes/connection-id.ts'
import { data } from '../protocol/attributes/data.ts'
import { dontFragment } from '../protocol/attributes/dont-fragment.ts'
import { evenPort } from '../protocol/attributes/even-port.ts'
import { lifetime } from '../protocol/attributes/lifetime.ts'
import { requestedAddressFamily } from '../protocol/attributes/requested-address-family.ts'
import { requestedTransport } from '../protocol/attributes/requested-transport.ts'
import { xorPeerAddress } from '../protocol/attributes/xor-peer-address.ts'
import type { ChannelNumber } from '../protocol/channel-data.ts'
import { methods } from '../protocol/methods.ts'
import type { FlowRow } from '../server/flow.ts'
import type { PeerConnectionNews } from '../server/peer-connection-io.ts'
import type { AllocationId, BindRelay, TurnOutput } from '../server/turn-io.ts'
import { type AttributeMaker, encodeRequest, having } from './encode-request.ts'
import { KnownConnections } from './known-connections.ts'
import { peerAt, Scenario, type ScenarioClient } from './scenario.ts'

const attributes: fc.Arbitrary<readonly AttributeMaker[]> = fc.subarray([
  having(requestedTransport, 17),
  having(requestedTransport, 17),
  having(requestedTransport, 6),
  having(evenPort, { reserveNext: true }),
  having(evenPort, { reserveNext: false }),
  having(additionalAddressFamily, 6),
  having(requestedAddressFamily, 4),
  having(requestedAddressFamily, 6),
  having(dontFragment, true),
  having(xorPeerAddress, { family: 6, ip: '2600::1', port: 9 }),
  having(lifetime, 0),
  having(lifetime, 700),
  having(xorPeerAddress, peerAt(1)),
  having(xorPeerAddress, peerAt(2, 9)),
  having(xorPeerAddress, { family: 4, ip: '127.0.0.1', port: 1 }),
  having(channelNumber, 0x4000 as ChannelNumber),
  having(channelNumber, 0x4001 as ChannelNumber),
  having(data, Buffer.from('x')),
])
const clientNumber = fc.nat(7)
const command = fc.oneof(
  fc.record({
    do: fc.constant('request' as const),
    client: clientNumber,
    method: fc.constantFrom<number>(1, 3, 3, 3, 4, 8, 9, 10, 11, 0x70),
    attributes,
    mutate: fc.option(fc.record({ at: fc.nat(200), to: fc.nat(255) }), { nil: undefined, freq: 5 }),
  }),
  fc.record({ do: fc.constant('send' as const), client: clientNumber, attributes }),
  fc.record({ do: fc.constant('bytes' as const), client: clientNumber, bytes: fc.uint8Array() }),
  fc.record({
    do: fc.constant('bind' as const),
    works: fc.constantFrom('all' as const, 'all' as const, 'one' as const, 'none' as const),
  }),
  fc.record({ do: fc.constant('disconnect' as const), id: fc.nat(20) }),
  fc.record({ do: fc.constant('block' as const), blocked: fc.boolean() }),
  fc.record({ do: fc.constant('policy' as const) }),
  fc.record({ do: fc.constant('icmp' as const), id: fc.nat(20), type: fc.nat(20) }),
  fc.record({
    do: fc.constant('peer' as const),
    id: fc.nat(20),
    host: fc.nat(3),
    bytes: fc.uint8Array(),
  }),
  fc.record({
    do: fc.constant('tcp' as const),
    method: fc.constantFrom(3, 8, 10, 10, 10),
    client: fc.constantFrom(4, 4, 5, 6, 7),
    host: fc.nat(3),
  }),
  fc.record({ do: fc.constant('join' as const), client: clientNumber, nth: fc.nat(3) }),
  fc.record({ do: fc.constant('joined' as const), host: fc.nat(3), client: fc.constantFrom(6, 7) }),
  fc.record({
    do: fc.constant('news' as const),
    name: fc.constantFrom('opened', 'opened', 'notOpened', 'arrived', 'closed', 'relayed'),
    nth: fc.nat(3),
    id: fc.nat(20),
    host: fc.nat(3),
  }),
  fc.record({ do: fc.constant('closed' as const), client: clientNumber }),
  fc.record({ do: fc.constant('advance' as const), seconds: fc.nat(400) }),
)
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never

class Run {
  /** The flow table as its events tell it. */
  readonly flows = new Set<FlowRow>()
  readonly scenario = new Scenario({
    limits: {
      bytesPerSecondPerAllocation: 500,
      permissions: 3,
      channels: 2,
      peerConnectionsPerAllocation: 2,
    },
    families: [4, 6],
    parts: {
      canDontFragment: true,
      tcpRelays: true,
      onFlow: (change, flow) => {
        if (this.flows.has(flow) === (change === 'added')) {
          throw new Error(`${change}, but the table says otherwise`)
        }
        if (change === 'added') this.flows.add(flow)
        if (change === 'removed') this.flows.delete(flow)
      },
    },
  })
  readonly clients: readonly ScenarioClient[]
  readonly asked: BindRelay[] = []
  readonly connections = new KnownConnections()

  constructor() {
    this.clients = [0, 1, 2, 3, 4, 5, 6, 7].map((n) =>
      this.scenario
        .client({ port: 100 + n, id: `user ${n % 2}`, transport: n >= 4 ? 'tcp' : 'udp' })
        .learnNonce(),
    )
    // Otherwise few runs would come as far as a connection with a peer.
    const attributes = [having(requestedTransport, 6)]
    note(this, this.request({ do: 'request', client: 4, method: 3, attributes }))
    note(this, this.bind('all'))
  }

  perform(c: Command): TurnOutput[] {
    switch (c.do) {
      case 'request':
        return this.request(c)
      case 'send':
        return this.client(c.client).send(
          encodeRequest(methods.send, c.attributes, { class: 'indication' }),
        )
      case 'bytes':
        return this.client(c.client).send(c.bytes)
      case 'bind':
        return this.bind(c.works)
      case 'peer':
        return this.scenario.input({
          type: 'peerDatagram',
          allocation: idOf(c.id),
          peer: peerAt(c.host),
          bytes: c.bytes,
        })
      case 'icmp':
        return this.scenario.input({
          type: 'peerUnreachable',
          allocation: idOf(c.id),
          peer: peerAt(1),
          icmp: { type: c.type, code: 0, info: 0 },
        })
      case 'tcp': {
        const attributes = c.method === 3 ? [having(requestedTransport, 6)] : to(c.host)
        return this.request({ ...c, do: 'request', attributes })
      }
      case 'join': {
        const attributes = [having(connectionId, this.connections.at(c.nth))]
        return this.request({ ...c, do: 'request', method: 11, attributes })
      }
      case 'joined': {
        const news = { do: 'news', name: 'opened', nth: 0, id: 0, host: 0 } as const
        note(this, this.request({ do: 'request', client: 4, method: 10, attributes: to(c.host) }))
        note(this, this.tell(news))
        const attributes = [having(connectionId, this.connections.last())]
        return this.request({ do: 'request', client: c.client, method: 11, attributes })
      }
      case 'news':
        return this.tell(c)
      case 'disconnect':
        return this.scenario.input({ type: 'disconnect', allocation: idOf(c.id) })
      case 'block': {
        const userIds = new Set(c.blocked ? ['user 1'] : [])
        return this.scenario.input({ type: 'usersBlocked', userIds })
      }
      case 'policy':
        return this.scenario.input({ type: 'policyChanged' })
      case 'closed':
        return this.scenario.input({ type: 'clientClosed', from: this.client(c.client).tuple })
      case 'advance':
        return this.scenario.advance(c.seconds)
    }
  }

  client(number: number): ScenarioClient {
    const client = this.clients[number]
    if (!client) throw new Error('no such client')
    return client
  }

  request({
    client,
    method,
    attributes,
    mutate,
  }: Omit<Extract<Command, { do: 'request' }>, 'mutate'> & {
    mutate?: { at: number; to: number } | undefined
  }): TurnOutput[] {
    const { login } = this.client(client)
    const bytes = encodeRequest(method, attributes, { login })
    if (mutate) bytes[mutate.at % bytes.length] = mutate.to
    return this.client(client).send(bytes)
  }

  bind(works: 'all' | 'one' | 'none'): TurnOutput[] {
    const request = this.asked.shift()
    if (!request) return []
    const { allocation, families } = request
    const addresses = families.map((family) => relayedAddresses[family])
    const [first] = addresses
    if (works === 'none' || !first) {
      return this.scenario.input({ type: 'relayFailed', allocation, fault: 'insufficientCapacity' })
    }
    const relayed = works === 'one' ? [first] : addresses
    return this.scenario.input({ type: 'relayBound', allocation, relayed })
  }

  tell({ name, nth, id, host }: Extract<Command, { do: 'news' }>): TurnOutput[] {
    const connection = name === 'opened' ? this.connections.last() : this.connections.at(nth)
    if (name === 'closed' || name === 'notOpened') this.connections.forget(connection)
    return this.scenario.input({
      type: 'peerConnection',
      news: { name, connection, allocation: idOf(id), peer: peerAt(host), ...relayed },
    } as { type: 'peerConnection'; news: PeerConnectionNews })
  }

  /** Whether events and table tell of the same live flows. */
  flowsAgree(): boolean {
    const rows = [...this.scenario.server.flows()]
    const { monotonicMs } = this.scenario.now
    const lapsed = rows.filter(({ expiresAtMs }) => expiresAtMs <= monotonicMs)
    return (
      lapsed.length === 0 &&
      rows.length === this.flows.size &&
      rows.every((row) => this.flows.has(row))
    )
  }
}

const relayedAddresses = {
  4: { family: 4, ip: '203.0.113.1', port: 50_000 },
  6: { family: 6, ip: '2001:db8::1', port: 50_000 },
} as const

const relayed = { way: 'toClient', bytes: 800 } as const

function to(host: number): readonly AttributeMaker[] {
  return [having(xorPeerAddress, peerAt(host))]
}

function idOf(number: number): AllocationId {
  return `${number}` as AllocationId
}

function note(run: Run, outputs: readonly TurnOutput[]): void {
  run.connections.follow(outputs)
  for (const output of outputs) {
    if (output.type === 'bindRelay') run.asked.push(output)
    if (output.type === 'sendToPeer' && !/^(198\.51\.100\.|2600::1$)/.test(output.peer.ip)) {
      throw new Error('relayed to a denied peer')
    }
  }
}

t.test('after any list of commands the indexes agree, and nothing throws', (t) => {
  let joined = 0
  fc.assert(
    fc.property(fc.array(command, { minLength: 10, maxLength: 60 }), (commands) => {
      const run = new Run()
      for (const one of commands) {
        note(run, run.perform(one))
        if (!run.scenario.server.indexesAgree()) throw new Error(`indexes differ after ${one.do}`)
        if (!run.flowsAgree()) throw new Error(`the flow table differs after ${one.do}`)
      }
      note(run, run.scenario.advance(4000))
      joined += run.connections.joined
      const { allocations } = run.scenario.server.stats()
      return (
        allocations === 0 &&
        run.connections.size === 0 &&
        run.flows.size === 0 &&
        run.scenario.server.nextTimeoutMs() === undefined
      )
    }),
    { numRuns: 300 },
  )
  t.ok(joined > 0, `${joined} TCP connections were joined`)
  t.end()
})
