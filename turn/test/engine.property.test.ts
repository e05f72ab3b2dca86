import fc from 'fast-check'
import t from 'tap'
import { additionalAddressFamily } from '../protocol/attributes/additional-address-family.ts'
import { channelNumber } from '../protocol/attributes/channel-number.ts'
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
import type { AllocationId, BindRelay, TurnOutput } from '../server/turn-io.ts'
import { type AttributeMaker, encodeRequest, having } from './encode-request.ts'
import { peerAt, Scenario, type ScenarioClient } from './scenario.ts'

const attributes: fc.Arbitrary<readonly AttributeMaker[]> = fc.subarray([
  having(requestedTransport, 17),
  having(requestedTransport, 17),
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
const clientNumber = fc.nat(5)
const command = fc.oneof(
  fc.record({
    do: fc.constant('request' as const),
    client: clientNumber,
    method: fc.constantFrom(1, 3, 3, 3, 4, 8, 9, 0x70),
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
  fc.record({ do: fc.constant('closed' as const), client: clientNumber }),
  fc.record({ do: fc.constant('advance' as const), seconds: fc.nat(400) }),
)
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never

class Run {
  /** The flow table as its events tell it. */
  readonly flows = new Set<FlowRow>()
  readonly scenario = new Scenario({
    limits: { bytesPerSecondPerAllocation: 500, permissions: 3, channels: 2 },
    families: [4, 6],
    parts: {
      canDontFragment: true,
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

  constructor() {
    this.clients = [0, 1, 2, 3, 4, 5].map((n) =>
      this.scenario
        .client({ port: 100 + n, id: `user ${n % 2}`, transport: n === 5 ? 'tcp' : 'udp' })
        .learnNonce(),
    )
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
  }: Extract<Command, { do: 'request' }>): TurnOutput[] {
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

function idOf(number: number): AllocationId {
  return `${number}` as AllocationId
}

function note(run: Run, outputs: readonly TurnOutput[]): void {
  for (const output of outputs) {
    if (output.type === 'bindRelay') run.asked.push(output)
    if (output.type === 'sendToPeer' && !/^(198\.51\.100\.|2600::1$)/.test(output.peer.ip)) {
      throw new Error('relayed to a denied peer')
    }
  }
}

t.test('after any list of commands the indexes agree, and nothing throws', (t) => {
  fc.assert(
    fc.property(fc.array(command, { minLength: 10, maxLength: 60 }), (commands) => {
      const run = new Run()
      for (const one of commands) {
        note(run, run.perform(one))
        if (!run.scenario.server.indexesAgree()) throw new Error(`indexes differ after ${one.do}`)
        if (!run.flowsAgree()) throw new Error(`the flow table differs after ${one.do}`)
      }
      run.scenario.advance(4000)
      const { allocations } = run.scenario.server.stats()
      return (
        allocations === 0 &&
        run.flows.size === 0 &&
        run.scenario.server.nextTimeoutMs() === undefined
      )
    }),
    { numRuns: 300 },
  )
  t.pass()
  t.end()
})
