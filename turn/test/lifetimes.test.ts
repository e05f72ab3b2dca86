import t from 'tap'
import { lifetime } from '../protocol/attributes/lifetime.ts'
import { requestedAddressFamily } from '../protocol/attributes/requested-address-family.ts'
import { xorPeerAddress } from '../protocol/attributes/xor-peer-address.ts'
import { methods } from '../protocol/methods.ts'
import { encodeRequest, having } from './encode-request.ts'
import { errorIn, isSignedBy, peerAt, Scenario } from './scenario.ts'

t.test('ends an allocation when its lifetime has passed, and closes its socket', (t) => {
  const scenario = new Scenario()
  const client = scenario.client()
  const allocation = client.allocate()
  t.same(scenario.advance(599), [])
  t.same(scenario.advance(2), [{ type: 'closeRelay', allocation }])
  t.equal(errorIn(client.request(methods.refresh)), 437)
  t.equal(scenario.server.stats().allocations, 0)
  t.match(scenario.events.at(-2), { name: 'allocationDeleted', reason: 'expired' })
  t.end()
})

t.test('prolongs an allocation by Refresh (RFC 8656 §8.2)', (t) => {
  const scenario = new Scenario()
  const client = scenario.client()
  client.allocate()
  for (let minute = 0; minute < 50; minute += 5) {
    scenario.advance(300)
    t.equal(errorIn(client.request(methods.refresh, having(lifetime, 600))), undefined)
  }
  t.equal(scenario.server.stats().allocations, 1)
  t.end()
})

t.test(
  'ends an allocation by Refresh with lifetime 0, once for a retransmission (§8.2, §5)',
  (t) => {
    const scenario = new Scenario()
    const client = scenario.client()
    const allocation = client.allocate()
    const bytes = encodeRequest(methods.refresh, [having(lifetime, 0)], { login: client.login })
    const outputs = client.send(bytes)
    t.match(outputs, [{ type: 'closeRelay', allocation }, { type: 'sendToClient' }])
    t.ok(isSignedBy(outputs, client.key))
    t.same(client.send(bytes), outputs.slice(1), 'the same answer, nothing closed again')
    t.equal(errorIn(client.request(methods.refresh)), 437)
    t.end()
  },
)

t.test('refuses a Refresh for the other address family with 443 (RFC 8656 §8.2)', (t) => {
  const client = new Scenario().client()
  client.allocate()
  t.equal(errorIn(client.request(methods.refresh, having(requestedAddressFamily, 6))), 443)
  t.equal(errorIn(client.request(methods.refresh, having(requestedAddressFamily, 4))), undefined)
  t.end()
})

t.test('ends the allocation of a connection that closes', (t) => {
  const scenario = new Scenario()
  const client = scenario.client({ transport: 'tcp' })
  const allocation = client.allocate()
  const outputs = scenario.input({ type: 'clientClosed', from: client.tuple })
  t.same(outputs, [{ type: 'closeRelay', allocation }])
  t.same(scenario.input({ type: 'clientClosed', from: client.tuple }), [], 'only once')
  t.ok(scenario.server.indexesAgree())
  t.end()
})

t.test('keeps an allocation whose credential has expired, but grants no new one', (t) => {
  const scenario = new Scenario()
  const client = scenario.client({ lifetimeSeconds: 60 })
  client.allocate()
  scenario.advance(120)
  t.equal(errorIn(client.request(methods.refresh)), undefined, 'a call outlives its credential')
  const again = scenario.client({ port: 1001 })
  again.login = { ...again.login, username: client.login.username, password: client.login.password }
  again.learnNonce()
  t.equal(errorIn(again.request(methods.allocate)), 401)
  t.end()
})

t.test("refuses requests for an allocation that is another user's with 441 (RFC 8656 §5)", (t) => {
  const scenario = new Scenario()
  const client = scenario.client()
  client.allocate()
  const other = scenario.client({ id: 'mallory' })
  const requests = [methods.refresh, methods.createPermission, methods.channelBind]
  const same = Object.assign(other, { tuple: client.tuple }).learnNonce()
  const peer = having(xorPeerAddress, peerAt(1))
  t.same(
    requests.map((method) => errorIn(same.request(method, peer))),
    [441, 441, 441],
  )
  t.end()
})

t.test('refuses requests without an allocation with 437 (RFC 8656 §5)', (t) => {
  const client = new Scenario().client().learnNonce()
  const requests = [methods.refresh, methods.createPermission, methods.channelBind]
  t.same(
    requests.map((method) => errorIn(client.request(method))),
    [437, 437, 437],
  )
  t.end()
})
