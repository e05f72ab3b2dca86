import { nonce } from '../protocol/attributes/nonce.ts'
import { realm } from '../protocol/attributes/realm.ts'
import { requestedTransport } from '../protocol/attributes/requested-transport.ts'
import { username } from '../protocol/attributes/username.ts'
import { type ChannelNumber, encodeChannelData } from '../protocol/channel-data.ts'
import { messageIntegrityType } from '../protocol/integrity.ts'
import { methods } from '../protocol/methods.ts'
import { LongTermCredentials } from '../server/credentials.ts'
import { NatDiscovery } from '../server/nat-discovery.ts'
import type { TurnServerOptions } from '../server/turn-server.ts'
import { type AttributeMaker, encodeRequest, having, havingRaw } from './encode-request.ts'
import { Scenario, type ScenarioClient } from './scenario.ts'

/** What a stranger gets for a datagram; bytes are UDP payload, `answer` is empty for silence. */
export type Exchange = Readonly<{
  name: string
  requestBytes: number
  answer: string
  answerBytes: number
}>

const headerBytes = { 4: 28, 6: 48 } // IP and UDP
const unknown = (count: number) =>
  Array.from({ length: count }, (_, n) => havingRaw(0x7000 + n, new Uint8Array(0)))
const signature = havingRaw(messageIntegrityType, new Uint8Array(20))
const named = [having(username, 'x'), having(realm, 'x'), having(nonce, 'x'), signature]
const longRealm = 'r'.repeat(127)

const bare = (method: number, ...makers: readonly AttributeMaker[]) => encodeRequest(method, makers)
const indication = { class: 'indication' } as const

const requests: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ['Binding', bare(methods.binding)],
  ['Binding, an unknown attribute', bare(methods.binding, ...unknown(1))],
  ['Binding, 40 unknown attributes', bare(methods.binding, ...unknown(40))],
  ['Allocate, nothing but its header', bare(methods.allocate)],
  ['Allocate as browsers begin', bare(methods.allocate, having(requestedTransport, 17))],
  ['Refresh, unsigned', bare(methods.refresh)],
  ['CreatePermission, unsigned', bare(methods.createPermission)],
  ['ChannelBind, unsigned', bare(methods.channelBind)],
  ['Allocate, signed by nobody', bare(methods.allocate, signature)],
  ['Allocate, wrong signature', bare(methods.allocate, ...named)],
  ['a method nobody knows', bare(0xfff)],
  ['Send indication', encodeRequest(methods.send, [], indication)],
  ['Binding indication', encodeRequest(methods.binding, [], indication)],
  ['a response', encodeRequest(methods.binding, [], { class: 'success' })],
  ['ChannelData', encodeChannelData(0x4000 as ChannelNumber, new Uint8Array(8), false)],
  ['anything else', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
]

/** Every exchange a stranger can have over UDP, with the default settings and those that make answers longer. */
export function strangersExchanges(): readonly Exchange[] {
  const plain = new Scenario()
  const ipv6 = plain.client({ family: 6 })
  const discovery = new NatDiscovery(
    { ip: '203.0.113.1', port: 3478 },
    { ip: '203.0.113.2', port: 3479 },
  )
  const credentials = new LongTermCredentials(longRealm, { secrets: ['a secret'] })
  const talking = withParts({ natDiscovery: discovery })
  const longNamed = withParts({ realm: longRealm, credentials })
  return [
    ...requests.map(([name, bytes]) => exchange(name, bytes, plain.client())),
    exchange('Binding over IPv6', bare(methods.binding), ipv6),
    exchange('Binding, NAT discovery on', bare(methods.binding), talking),
    exchange('Allocate, a realm of 127 bytes', bare(methods.allocate), longNamed),
  ]
}

function withParts(parts: Partial<TurnServerOptions>): ScenarioClient {
  return new Scenario({ parts }).client()
}

function exchange(name: string, bytes: Uint8Array, client: ScenarioClient): Exchange {
  const sent = client.send(bytes).flatMap((o) => (o.type === 'sendToClient' ? [o.bytes] : []))
  const answerBytes = sent.reduce((sum, { length }) => sum + length, 0)
  const [first] = sent
  return { name, requestBytes: bytes.length, answer: first ? kindOf(first) : '', answerBytes }
}

function kindOf(answer: Uint8Array): string {
  if (((answer[1] ?? 0) & 0x10) === 0) return 'success'
  const code = Buffer.from(answer).readUInt16BE(26)
  return `${(code >> 8) * 100 + (code & 0xff)}`
}

/** How many times the datagram the answer is, counted as UDP payload and with IP and UDP headers. */
export function factorsOf({ name, requestBytes, answerBytes }: Exchange): {
  payload: number
  onWire: number
} {
  const header = headerBytes[name.includes('IPv6') ? 6 : 4]
  const onWire = answerBytes === 0 ? 0 : (answerBytes + header) / (requestBytes + header)
  return { payload: answerBytes / requestBytes, onWire }
}

/** `docs/TURN-AMPLIFICATION.md`. */
export function amplificationPage(): string {
  const rows = strangersExchanges().map((one) => {
    const { payload, onWire } = factorsOf(one)
    const answer = one.answer === '' ? 'silence' : one.answer
    const figures = [one.requestBytes, answer, one.answerBytes, payload.toFixed(2)]
    return `| ${one.name} | ${figures.join(' | ')} | ${onWire.toFixed(2)} |`
  })
  return `# What a stranger gets for a datagram

UDP senders can lie about their address, so each answer to a stranger could be sent at somebody else. These are all of
them, measured by \`turn/test/amplification.test.ts\`; bytes are UDP payload, "on the wire" counts IP and UDP headers too.

| request | bytes | answer | bytes | times | on the wire |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

The most is the 401 that long-term credentials need (RFC 8489 §9.2.4): error code, realm, nonce and the list of password
algorithms. It carries no reason phrase and no SOFTWARE. Each byte of \`turn.realm\` (at most 127) is in it, so keep that
short. An answer of RFC 5780 with PADDING repeats the request's padding and no more.

What bounds it besides: a source (an IPv4 address, an IPv6 /64) gets 50 answers a second after a burst of 250, and
60 a minute to wrong passwords; beyond that, silence. So at most 50 × 124 bytes a second reach an address that others
pretend to be, some 50 kbit/s; with several workers each has budgets of its own. Answers to TCP and TLS clients cannot be
sent at others.

Written by \`node turn/test/amplification.ts > docs/TURN-AMPLIFICATION.md\`.
`
}

if (import.meta.main) process.stdout.write(amplificationPage())
