import fc from 'fast-check'
import t from 'tap'
import { channelNumber } from '../protocol/attributes/channel-number.ts'
import { data } from '../protocol/attributes/data.ts'
import { evenPort } from '../protocol/attributes/even-port.ts'
import { lifetime } from '../protocol/attributes/lifetime.ts'
import { requestedTransport } from '../protocol/attributes/requested-transport.ts'
import { xorPeerAddress } from '../protocol/attributes/xor-peer-address.ts'
import type { ChannelNumber } from '../protocol/channel-data.ts'
import { methods } from '../protocol/methods.ts'
import type { AllocationId, TurnOutput } from '../server/turn-io.ts'
import { type AttributeMaker, encodeRequest, having } from './encode-request.ts'
import { peerAt, Scenario, type ScenarioClient } from './scenario.ts'

const attributes: fc.Arbitrary<readonly AttributeMaker[]> = fc.subarray([
  having(requestedTransport, 17),
  having(requestedTransport, 17),
  having(evenPort, { reserveNext: true }),
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
  fc.record({ do: fc.constant('bind' as const), works: fc.boolean() }),
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
  readonly scenario = new Scenario({ limits: { allocations: 4, allocationsPerUser: 3 } })
  readonly clients: readonly ScenarioClient[]
  readonly asked: AllocationId[] = []

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
      case 'peer': {
        const allocation = `${c.id}` as AllocationId
        return this.scenario.input({
          type: 'peerDatagram',
          allocation,
          peer: peerAt(c.host),
          bytes: c.bytes,
        })
      }
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

  bind(works: boolean): TurnOutput[] {
    const allocation = this.asked.shift()
    if (allocation === undefined) return []
    const relayed = { family: 4, ip: '203.0.113.1', port: 50_000 } as const
    return this.scenario.input(
      works
        ? { type: 'relayBound', allocation, relayed: [relayed] }
        : { type: 'relayFailed', allocation, fault: 'insufficientCapacity' },
    )
  }
}

function note(run: Run, outputs: readonly TurnOutput[]): void {
  for (const output of outputs) {
    if (output.type === 'bindRelay') run.asked.push(output.allocation)
    if (output.type === 'sendToPeer' && !output.peer.ip.startsWith('198.51.100.')) {
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
      }
      run.scenario.advance(4000)
      const { allocations } = run.scenario.server.stats()
      return allocations === 0 && run.scenario.server.nextTimeoutMs() === undefined
    }),
    { numRuns: 300 },
  )
  t.pass()
  t.end()
})
