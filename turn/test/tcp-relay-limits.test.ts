import t from 'tap'
import { lifetime } from '../protocol/attributes/lifetime.ts'
import { methods } from '../protocol/methods.ts'
import { parseCidr } from '../server/cidr.ts'
import { having } from './encode-request.ts'
import { errorIn, peerAt } from './scenario.ts'
import {
  allocated,
  arrive,
  by,
  connected,
  connectionIn,
  scenarioWithTcp,
  tasksIn,
  tell,
  to,
} from './tcp-relay-scenario.ts'

t.test('everything ends with the allocation', (t) => {
  for (const how of ['refresh', 'closed', 'expired', 'disconnect'] as const) {
    const scenario = scenarioWithTcp()
    const { client, id } = allocated(scenario)
    const joined = connected(scenario, client)
    const stream = scenario.client({ transport: 'tcp', port: 2000 }).learnNonce()
    stream.request(methods.connectionBind, by(joined))
    const ends = {
      refresh: () => client.request(methods.refresh, having(lifetime, 0)),
      closed: () => scenario.input({ type: 'clientClosed', from: client.tuple }),
      expired: () => scenario.advance(601),
      disconnect: () => scenario.input({ type: 'disconnect', allocation: id }),
    }
    const waiting = how === 'expired' ? [] : [connected(scenario, client, peerAt(2))]
    t.same(
      tasksIn(ends[how]()),
      [joined, ...waiting].map((connection) => ({ name: 'close', connection })),
      how,
    )
    t.ok(scenario.server.indexesAgree())
    t.equal(scenario.server.nextTimeoutMs(), undefined)
  }
  t.end()
})

t.test('has so many connections an allocation, and in all: 508, and peers are hung up on', (t) => {
  const scenario = scenarioWithTcp({
    limits: { peerConnectionsPerAllocation: 2, peerConnections: 3 },
  })
  const { client, id } = allocated(scenario)
  client.request(methods.createPermission, to(peerAt(3)))
  connected(scenario, client, peerAt(1))
  connected(scenario, client, peerAt(2))
  t.equal(errorIn(client.request(methods.connect, to(peerAt(3)))), 508)
  t.same(arrive(scenario, id, peerAt(3)), [])
  const second = allocated(scenario, { port: 1001 }).client
  connected(scenario, second, peerAt(1))
  t.equal(errorIn(second.request(methods.connect, to(peerAt(2)))), 508)
  t.match(scenario.server.stats().dropsByReason, { tooManyConnections: 1 })
  t.end()
})

t.test('hangs up on peers that a new policy denies', (t) => {
  const scenario = scenarioWithTcp()
  const { client, id } = allocated(scenario)
  const denied = connected(scenario, client, peerAt(1))
  client.request(methods.createPermission, to(peerAt(2)))
  const came = connectionIn(arrive(scenario, id, peerAt(2)))
  connected(scenario, client, { family: 4, ip: '9.9.9.9', port: 443 })
  const range = parseCidr('198.51.100.0/24')
  scenario.peerPolicy.replace({ ...scenario.rules, allowed: [], denied: range ? [range] : [] })
  t.same(tasksIn(scenario.input({ type: 'policyChanged' })), [
    { name: 'close', connection: denied },
    { name: 'close', connection: came },
  ])
  t.end()
})

t.test('a budget slows streams down, it loses nothing', (t) => {
  const scenario = scenarioWithTcp({ limits: { bytesPerSecondPerAllocation: 1000 } })
  const { client } = allocated(scenario)
  const connection = connected(scenario, client)
  const stream = scenario.client({ transport: 'tcp', port: 2000 }).learnNonce()
  stream.request(methods.connectionBind, by(connection))
  const relayed = (bytes: number) =>
    tasksIn(tell(scenario, { name: 'relayed', connection, way: 'toClient', bytes }))
  t.same(relayed(1000), [])
  t.same(relayed(2000), [{ name: 'pause', connection, way: 'toClient' }])
  t.same(tasksIn(scenario.advance(1.9)), [])
  t.same(tasksIn(scenario.advance(0.2)), [{ name: 'resume', connection, way: 'toClient' }])
  t.end()
})

t.test('a user over its volume reads and sends nothing until it may again', (t) => {
  const scenario = scenarioWithTcp()
  const { client } = allocated(scenario)
  const connection = connected(scenario, client)
  const block = (...userIds: string[]) =>
    tasksIn(scenario.input({ type: 'usersBlocked', userIds: new Set(userIds) }))
  const stream = scenario.client({ transport: 'tcp', port: 2000 }).learnNonce()
  t.same(block('alice'), [])
  const pauses = (['fromClient', 'toClient'] as const).map((way) => ({
    name: 'pause',
    connection,
    way,
  }))
  t.match(tasksIn(stream.request(methods.connectionBind, by(connection))), [
    { name: 'join' },
    ...pauses,
  ])
  t.same(tasksIn(scenario.advance(60)), [])
  t.same(
    block(),
    pauses.map((one) => ({ ...one, name: 'resume' })),
  )
  t.end()
})
