import t from 'tap'
import { additionalAddressFamily } from '../protocol/attributes/additional-address-family.ts'
import { readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { channelNumber } from '../protocol/attributes/channel-number.ts'
import { connectionId } from '../protocol/attributes/connection-id.ts'
import { data } from '../protocol/attributes/data.ts'
import { dontFragment } from '../protocol/attributes/dont-fragment.ts'
import { evenPort } from '../protocol/attributes/even-port.ts'
import { requestedTransport } from '../protocol/attributes/requested-transport.ts'
import { reservationToken } from '../protocol/attributes/reservation-token.ts'
import { xorPeerAddress } from '../protocol/attributes/xor-peer-address.ts'
import type { ChannelNumber } from '../protocol/channel-data.ts'
import { methods } from '../protocol/methods.ts'
import { type AttributeMaker, encodeRequest, having } from './encode-request.ts'
import {
  errorIn,
  isSignedBy,
  peerAt,
  responseIn,
  Scenario,
  type ScenarioClient,
} from './scenario.ts'
import {
  allocated,
  arrive,
  by,
  connected,
  connectionIn,
  idIn,
  scenarioWithTcp,
  tasksIn,
  tcp,
  tell,
  to,
} from './tcp-relay-scenario.ts'

const indication = { class: 'indication' } as const

t.test('off, it does not exist: 442, no answer, CONNECTION-ID unknown', (t) => {
  const scenario = new Scenario()
  const client = scenario.client({ transport: 'tcp' }).learnNonce()
  t.equal(errorIn(client.request(methods.allocate, tcp)), 442)
  t.same(client.request(methods.connect, to(peerAt(1))), [])
  t.same(client.request(methods.connectionBind, by(1)), [])
  t.equal(errorIn(client.request(methods.allocate, having(requestedTransport, 17), by(1))), 420)
  t.end()
})

t.test('allocates over streams only, and without what goes with UDP (RFC 6062 §5.1)', (t) => {
  const scenario = scenarioWithTcp({ parts: { canDontFragment: true } })
  const overUdp = scenario.client().learnNonce()
  t.equal(errorIn(overUdp.request(methods.allocate, tcp)), 400)
  const client = scenario.client({ transport: 'tls' }).learnNonce()
  t.equal(errorIn(client.request(methods.allocate, having(requestedTransport, 5))), 442)
  const contradictions: readonly AttributeMaker[] = [
    having(evenPort, { reserveNext: false }),
    having(reservationToken, new Uint8Array(8)),
    having(dontFragment, true),
    having(additionalAddressFamily, 6),
  ]
  for (const one of contradictions) {
    t.equal(errorIn(client.request(methods.allocate, tcp, one)), 400)
  }
  const asked = client.send(encodeRequest(methods.allocate, [tcp], { login: client.login }))
  t.match(asked, [{ type: 'bindRelay', transport: 'tcp', families: [4], port: 'any' }])
  t.equal(errorIn(scenario.bind(asked)), undefined)
  t.end()
})

t.test('has neither channels nor Send', (t) => {
  const scenario = scenarioWithTcp()
  const { client } = allocated(scenario)
  const number = having(channelNumber, 0x4000 as ChannelNumber)
  t.equal(errorIn(client.request(methods.channelBind, number, to(peerAt(1)))), 400)
  client.request(methods.createPermission, to(peerAt(1)))
  const payload = having(data, Buffer.from('x'))
  t.same(client.send(encodeRequest(methods.send, [to(peerAt(1)), payload], indication)), [])
  t.end()
})

t.test('connects, tells the id, joins the stream that comes for it (RFC 6062 §5.2, §5.4)', (t) => {
  const scenario = scenarioWithTcp()
  const { client, id } = allocated(scenario)
  const asked = client.request(methods.connect, to(peerAt(1)))
  t.match(asked, [
    { type: 'peerConnection', task: { name: 'open', allocation: id, peer: peerAt(1) } },
  ])
  const connection = connectionIn(asked)
  t.equal(errorIn(client.request(methods.connect, to(peerAt(1)))), 446, 'while it is under way')
  const told = tell(scenario, { name: 'opened', connection })
  t.ok(isSignedBy(told, client.key))
  t.equal(idIn(told), connection)
  t.equal(errorIn(client.request(methods.connect, to(peerAt(1)))), 446, 'while it waits')

  const stream = scenario.client({ transport: 'tcp', port: 2000 }).learnNonce()
  const joined = stream.request(methods.connectionBind, by(connection))
  t.equal(errorIn(joined.slice(0, 1)), undefined)
  t.same(joined.slice(1), [
    { type: 'peerConnection', task: { name: 'join', connection, client: stream.tuple } },
  ])
  scenario.advance(60)
  t.equal(errorIn(client.request(methods.connect, to(peerAt(1)))), 446, 'while it is in use')

  tell(scenario, { name: 'relayed', connection, way: 'fromClient', bytes: 5 })
  tell(scenario, { name: 'relayed', connection, way: 'toClient', bytes: 7 })
  t.match(scenario.server.stats().traffic.tcp, {
    fromClients: { packets: 1, bytes: 5 },
    toClients: { packets: 1, bytes: 7 },
  })
  t.same(tell(scenario, { name: 'closed', connection }), [])
  t.match(client.request(methods.connect, to(peerAt(1))), [{ type: 'peerConnection' }])
  t.end()
})

t.test('answers 447 when a peer is not reached, or not in 30 s (RFC 6062 §5.2)', (t) => {
  const scenario = scenarioWithTcp()
  const { client } = allocated(scenario)
  const refused = connectionIn(client.request(methods.connect, to(peerAt(1))))
  const told = tell(scenario, { name: 'notOpened', connection: refused })
  t.equal(errorIn(told), 447)
  t.ok(isSignedBy(told, client.key))

  const silent = connectionIn(client.request(methods.connect, to(peerAt(1))))
  t.same(scenario.advance(29), [])
  const outputs = scenario.advance(2)
  t.equal(errorIn(outputs.filter(({ type }) => type === 'sendToClient')), 447)
  t.same(tasksIn(outputs), [{ name: 'close', connection: silent }])
  t.same(tell(scenario, { name: 'opened', connection: silent }), [], 'too late')
  t.end()
})

t.test('refuses Connect where there is nothing to connect from or to', (t) => {
  const scenario = scenarioWithTcp()
  const { client } = allocated(scenario)
  const none = scenario.client({ transport: 'tcp', port: 7 }).learnNonce()
  t.equal(errorIn(none.request(methods.connect, to(peerAt(1)))), 437)
  const overUdp = scenario.client()
  overUdp.allocate()
  t.equal(errorIn(overUdp.request(methods.connect, to(peerAt(1)))), 437)
  const other = scenario.client({ transport: 'tcp', id: 'bob' })
  other.login = { ...other.login, nonce: client.login.nonce }
  t.equal(errorIn(other.request(methods.connect, to(peerAt(1)))), 441)
  t.equal(errorIn(client.request(methods.connect)), 400)
  t.equal(errorIn(client.request(methods.connect, to(peerAt(1, 0)))), 400)
  t.equal(
    errorIn(client.request(methods.connect, to({ family: 6, ip: '2001:db8::9', port: 4000 }))),
    443,
  )
  t.end()
})

t.test('asks the peer policy, and opens fewer ports than for datagrams: 403', (t) => {
  const scenario = scenarioWithTcp({
    families: [4, 6],
    rules: { ownMedia: [{ ip: '203.0.113.1', port: 443 }], ownIps: ['203.0.113.1', '9.9.9.8'] },
  })
  const four = allocated(scenario).client
  const six = allocated(scenario, { family: 6 }).client
  const codeOf = (ip: string, port: number) => {
    const [client, family] = ip.includes(':') ? ([six, 6] as const) : ([four, 4] as const)
    const outputs = client.request(methods.connect, to({ family, ip, port }))
    return tasksIn(outputs).length > 0 ? undefined : errorIn(outputs)
  }
  for (const ip of ['127.0.0.1', '10.1.2.3', '169.254.169.254', '203.0.113.1', '0.0.0.0']) {
    t.equal(codeOf(ip, 4000), 403, ip)
  }
  for (const ip of ['::1', '::ffff:10.1.2.3', '64:ff9b::a01:203', '2002:a01:203::1', 'fd00::1']) {
    t.equal(codeOf(ip, 4000), 403, ip)
  }
  for (const port of [22, 25, 53, 465, 587, 1023]) t.equal(codeOf('9.9.9.9', port), 403, `${port}`)
  for (const port of [80, 443, 1024, 5000]) t.equal(codeOf('9.9.9.9', port), undefined, `${port}`)
  t.equal(codeOf('198.51.100.4', 443), 403, 'a listed range may be inside')
  t.equal(codeOf('198.51.100.4', 8443), undefined)
  t.equal(codeOf('203.0.113.1', 443), 403, 'own media is UDP, the web pages may be TCP')
  t.equal(codeOf('9.9.9.8', 50_000), undefined, 'another relay of this server')
  t.equal(codeOf('9.9.9.8', 3478), 403)
  t.equal(codeOf('9.9.9.8', 443), 403)
  const rows = scenario.server.deniedPeers(scenario.now)
  t.match(
    rows.find(({ port }) => port === 25),
    { by: 'connect', reason: /below 1024/, userId: 'alice' },
  )
  t.match(
    rows.find(({ ip }) => ip === '10.1.2.3'),
    { by: 'connect', reason: /special-use/ },
  )
  t.end()
})

t.test('tells of a peer that came, if it has a permission (RFC 6062 §5.3)', (t) => {
  const scenario = scenarioWithTcp()
  const { client, id } = allocated(scenario)
  t.same(arrive(scenario, id, peerAt(1)), [], 'hung up on')
  client.request(methods.createPermission, to(peerAt(1)))
  const peer = peerAt(1, 5000)
  const told = arrive(scenario, id, peer)
  const connection = connectionIn(told)
  t.same(tasksIn(told), [{ name: 'admit', connection, peer }])
  const message = responseIn(told)
  t.match(message, { class: 'indication', method: methods.connectionAttempt })
  t.same(readAttributes(message, { id: connectionId, peer: xorPeerAddress }), {
    ok: true,
    value: { id: connection, peer },
  })
  const stream = scenario.client({ transport: 'tcp', port: 2000 }).learnNonce()
  t.match(tasksIn(stream.request(methods.connectionBind, by(connection))), [{ name: 'join' }])
  t.match(scenario.server.stats().dropsByReason, { noPermission: 1 })
  t.end()
})

t.test('hangs up on a connection nobody binds within 30 s (RFC 6062 §5.2, §5.3)', (t) => {
  const scenario = scenarioWithTcp()
  const { client, id } = allocated(scenario)
  const connection = connected(scenario, client)
  client.request(methods.createPermission, to(peerAt(2)))
  const other = connectionIn(arrive(scenario, id, peerAt(2)))
  t.same(tasksIn(scenario.advance(29)), [])
  t.same(tasksIn(scenario.advance(2)), [
    { name: 'close', connection },
    { name: 'close', connection: other },
  ])
  const stream = scenario.client({ transport: 'tcp', port: 2000 }).learnNonce()
  t.equal(errorIn(stream.request(methods.connectionBind, by(connection))), 400)
  t.end()
})

t.test('joins once, on a stream of its own, for its user only: 400, 401', (t) => {
  const scenario = scenarioWithTcp()
  const { client } = allocated(scenario)
  const connection = connected(scenario, client)
  const refusal = (of: ScenarioClient, ...attributes: readonly AttributeMaker[]) =>
    errorIn(of.request(methods.connectionBind, ...attributes))
  const bob = scenario.client({ transport: 'tcp', port: 2001, id: 'bob' }).learnNonce()
  t.equal(refusal(bob, by(connection)), 400, 'like one that does not exist')
  t.equal(refusal(bob, by(connection + 1)), 400)
  const liar = scenario.client({ transport: 'tcp', port: 2002 }).learnNonce()
  liar.login = { ...liar.login, password: 'wrong' }
  t.equal(refusal(liar, by(connection)), 401)
  t.equal(refusal(scenario.client({ port: 2003 }).learnNonce(), by(connection)), 400, 'over UDP')
  t.equal(refusal(client, by(connection)), 400, 'the stream of the allocation')
  const stream = scenario.client({ transport: 'tcp', port: 2004 }).learnNonce()
  t.equal(refusal(stream), 400, 'without an id')
  const under = connectionIn(client.request(methods.connect, to(peerAt(2))))
  t.equal(refusal(stream, by(under)), 400, 'not connected yet')
  t.match(tasksIn(stream.request(methods.connectionBind, by(connection))), [{ name: 'join' }])
  const late = scenario.client({ transport: 'tcp', port: 2005 }).learnNonce()
  t.equal(refusal(late, by(connection)), 400, 'joined already')
  t.end()
})

t.test('a name that has expired still joins the connections of its allocation', (t) => {
  const scenario = scenarioWithTcp()
  const { client } = allocated(scenario, { lifetimeSeconds: 300 })
  scenario.advance(299)
  const stream = scenario.client({ transport: 'tcp', port: 2000 })
  stream.login = { ...client.login }
  scenario.advance(2)
  const connection = connected(scenario, client)
  const nonceOf = scenario.client({ transport: 'tcp', port: 2000 }).learnNonce().login.nonce
  stream.login = { ...client.login, nonce: nonceOf }
  t.match(tasksIn(stream.request(methods.connectionBind, by(connection))), [{ name: 'join' }])
  t.end()
})
