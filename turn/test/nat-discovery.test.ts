import t from 'tap'
import { readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { changeRequest } from '../protocol/attributes/change-request.ts'
import { otherAddress } from '../protocol/attributes/other-address.ts'
import { padding } from '../protocol/attributes/padding.ts'
import { responseOrigin } from '../protocol/attributes/response-origin.ts'
import { responsePort } from '../protocol/attributes/response-port.ts'
import { xorMappedAddress } from '../protocol/attributes/xor-mapped-address.ts'
import { methods } from '../protocol/methods.ts'
import type { TransportAddress } from '../protocol/transport-address.ts'
import { NatDiscovery } from '../server/nat-discovery.ts'
import { type AttributeMaker, encodeRequest, having } from './encode-request.ts'
import { errorIn, responseIn, Scenario } from './scenario.ts'

const primary: TransportAddress = { family: 4, ip: '203.0.113.1', port: 3478 }
const alternate: TransportAddress = { family: 4, ip: '203.0.113.2', port: 3479 }

function discoveringClient(options: Parameters<Scenario['client']>[0] = {}) {
  const natDiscovery = new NatDiscovery(primary, alternate)
  return new Scenario({ parts: { natDiscovery } }).client(options)
}

function bind(...makers: readonly AttributeMaker[]): Uint8Array {
  return encodeRequest(methods.binding, makers)
}

const at = (ip: string, port: number) => ({ ip: `203.0.113.${ip}`, port, family: 4 })
const changes = [
  { change: { ip: false, port: false }, from: at('1', 3478) },
  { change: { ip: false, port: true }, from: at('1', 3479) },
  { change: { ip: true, port: false }, from: at('2', 3478) },
  { change: { ip: true, port: true }, from: at('2', 3479) },
]

for (const { change, from } of changes) {
  t.test(`answers from ${from.ip}:${from.port} when asked to (RFC 5780 §6.1)`, (t) => {
    const client = discoveringClient()
    const outputs = client.send(bind(having(changeRequest, change)))
    t.match(outputs, [{ type: 'sendToClient', to: { server: from, client: client.tuple.client } }])
    const codecs = { mapped: xorMappedAddress, responseOrigin, otherAddress }
    t.same(readAttributes(responseIn(outputs), codecs), {
      ok: true,
      value: { mapped: client.tuple.client, responseOrigin: from, otherAddress: alternate },
    })
    t.end()
  })
}

t.test('names the other address seen from where the request came to (RFC 5780 §7.4)', (t) => {
  const discovery = new NatDiscovery(primary, alternate)
  const both = { ip: true, port: true }
  t.same(discovery.changed(alternate, both), primary)
  t.same(discovery.changed({ ...primary, port: 3479 }, both), { ...alternate, port: 3478 })
  t.equal(discovery.addresses().length, 4)
  t.end()
})

t.test('answers at another port, and names the one the request came from (RFC 5780 §7.5)', (t) => {
  const client = discoveringClient()
  const outputs = client.send(bind(having(responsePort, 2000)))
  t.match(outputs, [{ to: { client: { ...client.tuple.client, port: 2000 }, server: primary } }])
  const read = readAttributes(responseIn(outputs), { mapped: xorMappedAddress })
  t.match(read, { value: { mapped: client.tuple.client } })
  t.end()
})

t.test('pads its answer as the request was padded, and no more (RFC 5780 §7.6)', (t) => {
  const client = discoveringClient()
  for (const [asked, got] of [
    [100, 100],
    [60_000, 1500],
  ] as const) {
    const request = bind(having(padding, new Uint8Array(asked)))
    const answer = responseIn(client.send(request))
    const read = readAttributes(answer, { padding })
    t.equal(read.ok && read.value.padding?.length, got)
    t.ok(answer.bytes.length <= request.length + 36)
  }
  t.end()
})

t.test('refuses padding to another port, and malformed attributes, with 400', (t) => {
  const client = discoveringClient()
  const both = bind(having(padding, new Uint8Array(4)), having(responsePort, 2000))
  t.equal(errorIn(client.send(both)), 400)
  t.equal(errorIn(client.send(bind(having(responsePort, 0)))), 400)
  t.end()
})

t.test(
  'knows none of it on TCP, at other addresses and when it is off: 420, no extra bytes',
  (t) => {
    const elsewhere = new NatDiscovery({ ip: '203.0.113.9', port: 3478 }, alternate)
    const others = [
      discoveringClient({ transport: 'tcp' }),
      new Scenario({ parts: { natDiscovery: elsewhere } }).client(),
      new Scenario().client(),
    ]
    for (const client of others) {
      const change = having(changeRequest, { ip: true, port: true })
      t.equal(errorIn(client.send(bind(change))), 420)
      const told = readAttributes(responseIn(client.send(bind())), { otherAddress, responseOrigin })
      t.same(told, { ok: true, value: {} })
    }
    t.end()
  },
)
