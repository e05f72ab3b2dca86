import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import t from 'tap'
import { readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { evenPort } from '../protocol/attributes/even-port.ts'
import { lifetime } from '../protocol/attributes/lifetime.ts'
import { reservationToken } from '../protocol/attributes/reservation-token.ts'
import { xorRelayedAddress } from '../protocol/attributes/xor-relayed-address.ts'
import { methods } from '../protocol/methods.ts'
import { parseStunMessage } from '../protocol/stun-message.ts'
import { allocateAll, killAndWait, openClients, startIn, workerOf } from '../test/cluster-steps.ts'
import { type ContractClient, codeOf } from '../test/contract-client.ts'
import { permit, send, toward, udp } from '../test/contract-steps.ts'
import { encodeRequest, having } from '../test/encode-request.ts'
import { UdpEndpoint } from '../test/udp-endpoint.ts'
import { until } from '../test/until.ts'

const clients = 64
const v4 = { ip: '127.0.0.1', port: 0 }
const v6 = { ip: '::1', port: 0 }

t.setTimeout(120_000)

for (const workers of [2, 3]) {
  t.test(`spreads clients over ${workers} workers`, async (t) => {
    const server = await startIn(t, { workers, limits: { allocationsPerUser: clients } })
    const opened = await openClients(t, server, clients)
    const byWorker = await allocateAll(server.cluster, opened)
    t.same([...byWorker.keys()].sort(), ['1.1', '2.1', '3.1'].slice(0, workers))
    t.comment([...byWorker].map(([worker, served]) => `${worker}: ${served.length}`).join(', '))
    await until(() => server.cluster.stats().allocations === clients)
    t.match(server.cluster.stats(), {
      byTransport: { udp: clients },
      workers: { running: workers },
    })
  })
}

t.test('counts quotas over all workers, and gives back what a dead one held', async (t) => {
  const server = await startIn(t, { limits: { allocationsPerUser: 10 } })
  const { cluster } = server
  const allocate = async (opened: readonly ContractClient[]) => {
    const codes = await Promise.all(
      opened.map(async (client) => {
        await client.learnNonce()
        return codeOf(await client.request(methods.allocate, udp))
      }),
    )
    return codes.sort()
  }
  const opened = await openClients(t, server, 40)
  const expected = [...Array(10).fill(undefined), ...Array(30).fill(486)].sort()
  t.same(await allocate(opened), expected)
  await until(() => cluster.allocations().length === 10)
  const ofFirst = cluster.allocations().filter(({ id }) => id.startsWith('1.')).length
  await killAndWait(cluster, '1.1')
  const again = await openClients(t, server, 20)
  const freed = [...Array(ofFirst).fill(undefined), ...Array(20 - ofFirst).fill(486)].sort()
  t.same(await allocate(again), freed)
})

t.test('honours a reservation token in another worker than the one that gave it', async (t) => {
  const server = await startIn(t)
  const { cluster } = server
  const [first] = await openClients(t, server, 1)
  if (!first) return
  await first.learnNonce()
  const reserving = having(evenPort, { reserveNext: true })
  const answer = await first.request(methods.allocate, udp, reserving)
  const read = readAttributes(answer, { relayed: xorRelayedAddress, token: reservationToken })
  if (!read.ok || !read.value.relayed || !read.value.token) throw new Error(`${codeOf(answer)}`)
  const { relayed, token } = read.value
  await until(() => workerOf(cluster, first) !== undefined)
  // Who is served by the same worker ends its allocation again and makes room for the next one.
  for (const client of await openClients(t, server, 20)) {
    await client.allocate()
    await until(() => workerOf(cluster, client) !== undefined)
    const elsewhere = workerOf(cluster, client) !== workerOf(cluster, first)
    await client.request(methods.refresh, having(lifetime, 0))
    if (!elsewhere) continue
    t.equal(await client.allocate(having(reservationToken, token)), relayed.port + 1)
    return
  }
  t.fail('all clients were served by one worker')
})

t.test('tells every worker who may log in and whom it may reach, the next ones too', async (t) => {
  const server = await startIn(t)
  const { cluster } = server
  const peer = await UdpEndpoint.open()
  t.teardown(() => peer.close())
  cluster.setCredentials({ secrets: ['another'], users: new Map([['bob', 'builder']]) })
  cluster.setPeers({ allowed: ['127.0.0.0/8'], denied: ['127.0.0.1'] })
  await killAndWait(cluster, '1.1')
  const opened = await openClients(t, server, 16)
  for (const client of opened) {
    await client.learnNonce()
    t.equal(codeOf(await client.request(methods.allocate, udp)), 401)
    client.login = { ...client.login, username: 'bob', password: 'builder' }
  }
  const byWorker = await allocateAll(cluster, opened)
  t.same([...byWorker.keys()].sort(), ['1.2', '2.1'])
  for (const client of opened) {
    t.equal(codeOf(await client.request(methods.createPermission, toward(peer))), 403)
  }
  await until(() => cluster.deniedPeers()[0]?.count === opened.length)
  t.match(cluster.deniedPeers(), [{ ip: '127.0.0.1', by: 'permission', userId: 'bob' }])
  t.throws(() => cluster.setPeers({ allowed: ['here'], denied: [] }), { code: 'TURN_BAD_CIDR' })
})

t.test(
  'adds up what a user relays in all workers, and refuses who is over the volume',
  async (t) => {
    const payload = Buffer.alloc(600)
    const server = await startIn(t, { limits: { bytesPerDayPerUser: payload.length } })
    const peer = await UdpEndpoint.open()
    t.teardown(() => peer.close())
    const byWorker = await allocateAll(server.cluster, await openClients(t, server, 16))
    for (const [client] of byWorker.values()) {
      if (!client) continue
      await permit({ client, peer, server })
      send({ client, peer, server }, payload)
      t.ok(await peer.next(2_000))
    }
    t.equal(byWorker.size, 2, 'each relayed no more than is allowed')
    const [asking] = await openClients(t, server, 1)
    if (!asking) return
    await asking.learnNonce()
    const allocate = async () => codeOf(await asking.request(methods.allocate, udp))
    // Verdicts come once a second; until then requests are granted.
    let code = await allocate()
    const deadline = performance.now() + 10_000
    while (code !== 486 && performance.now() < deadline) {
      await asking.request(methods.refresh, having(lifetime, 0))
      code = await allocate()
    }
    t.equal(code, 486)
    const [sender] = byWorker.values()
    if (sender?.[0]) send({ client: sender[0], peer, server }, payload)
    await until(() => server.cluster.stats().dropsByReason['overRate'] === 1)
  },
)

t.test('counts live, and ends an allocation by the id of its row', async (t) => {
  const server = await startIn(t)
  const { cluster } = server
  const peer = await UdpEndpoint.open()
  const [client] = await openClients(t, server, 1)
  t.teardown(() => peer.close())
  if (!client) return
  await client.allocate()
  await permit({ client, peer, server })
  send({ client, peer, server }, Buffer.from('12345'))
  const row = () => cluster.allocations()[0]
  await until(() => row()?.fromClient.packets === 1)
  t.match(row(), { userId: 'alice', fromClient: { bytes: 5 }, toClient: { packets: 0 } })
  t.ok(Math.abs((row()?.createdAtMs ?? 0) - Date.now()) < 60_000)
  t.equal(cluster.disconnect('9.9-9'), false)
  t.equal(cluster.disconnect(row()?.id ?? ''), true)
  await until(() => cluster.allocations().length === 0)
  t.equal(codeOf(await client.request(methods.refresh)), 437)
})

t.test('serves without node:ffi too', async (t) => {
  const server = await startIn(
    t,
    { limits: { allocationsPerUser: clients } },
    { sockets: undefined },
  )
  const opened = await openClients(t, server, clients)
  const byWorker = await allocateAll(server.cluster, opened)
  t.same([...byWorker.keys()].sort(), ['1.1', '2.1'])
})

t.test('serves both IP versions, each on its own sockets', async (t) => {
  const server = await startIn(t, { listen: { udp: [v4, v6], tcp: [v4, v6] } })
  const [ipv4, ipv6] = server.cluster.listening().filter(({ transport }) => transport === 'udp')
  for (const [at, type] of [
    [ipv4, 'udp4'],
    [ipv6, 'udp6'],
  ] as const) {
    const clients = Array.from({ length: 16 }, () => createSocket(type))
    t.teardown(() => {
      for (const client of clients) client.close()
    })
    const answers = clients.map(async (client) => {
      client.send(encodeRequest(methods.binding, []), at?.port ?? 0, at?.ip)
      const [bytes] = await once(client, 'message')
      const parsed = parseStunMessage(bytes)
      return parsed.ok && parsed.value.class
    })
    t.same(await Promise.all(answers), Array(16).fill('success'), type)
  }
})
