import { fork } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { evenPort } from '../protocol/attributes/even-port.ts'
import { lifetime } from '../protocol/attributes/lifetime.ts'
import { reservationToken } from '../protocol/attributes/reservation-token.ts'
import { xorRelayedAddress } from '../protocol/attributes/xor-relayed-address.ts'
import { methods } from '../protocol/methods.ts'
import { parseStunMessage } from '../protocol/stun-message.ts'
import { ContractClient, codeOf } from '../test/contract-client.ts'
import { permit, send, toward, udp } from '../test/contract-steps.ts'
import { encodeRequest, having } from '../test/encode-request.ts'
import { startOurCluster } from '../test/our-cluster.ts'
import { UdpEndpoint } from '../test/udp-endpoint.ts'
import { until } from '../test/until.ts'
import type { ClusterEngine } from './cluster-engine.ts'
import { createSocketMaker } from './libc-sockets.ts'

const clients = 64
const v4 = { ip: '127.0.0.1', port: 0 }
const v6 = { ip: '::1', port: 0 }
const noFfi = createSocketMaker() ? false : 'this Node has no node:ffi'

t.setTimeout(120_000)

type Cluster = Awaited<ReturnType<typeof startOurCluster>>

async function startIn(t: Test, ...options: Parameters<typeof startOurCluster>): Promise<Cluster> {
  const server = await startOurCluster(...options)
  t.teardown(() => server.close())
  return server
}

async function openClients(t: Test, server: Cluster, count: number): Promise<ContractClient[]> {
  const opened = await Promise.all(Array.from({ length: count }, () => ContractClient.open(server)))
  t.teardown(() => {
    for (const client of opened) client.close()
  })
  return opened
}

/** Which worker serves a client, as it is called in the ids of rows: `1.1` is the first of place 1. */
function workerOf(cluster: ClusterEngine, client: ContractClient): string | undefined {
  const row = cluster.allocations().find((row) => row.client.client.port === client.endpoint.port)
  return row?.id.split('-')[0]
}

async function allocateAll(cluster: ClusterEngine, clients: readonly ContractClient[]) {
  await Promise.all(clients.map((client) => client.allocate()))
  await until(() => clients.every((client) => workerOf(cluster, client)))
  return Map.groupBy(clients, (client) => workerOf(cluster, client) ?? '')
}

function pidOf(cluster: ClusterEngine, worker: string): number {
  const pid = cluster.workerPids()[Number.parseInt(worker, 10) - 1]
  if (pid === undefined) throw new Error(`no worker ${worker}`)
  return pid
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

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

t.test(
  'a killed worker takes only its own clients with it, and is back',
  { skip: noFfi },
  async (t) => {
    const server = await startIn(t, { limits: { allocationsPerUser: 1000 } })
    const { cluster } = server
    const peer = await UdpEndpoint.open()
    t.teardown(() => peer.close())
    const opened = await openClients(t, server, clients)
    const byWorker = await allocateAll(cluster, opened)
    for (const client of opened) await permit({ client, peer, server })
    const lost = byWorker.get('1.1') ?? []
    const kept = byWorker.get('2.1') ?? []
    t.ok(lost.length > 0 && kept.length > 0)

    let sent = 0
    const sendRound = (): void => {
      sent++
      for (const client of kept) send({ client, peer, server }, Buffer.from(`${sent}`))
    }
    sendRound()
    const killedAt = performance.now()
    process.kill(pidOf(cluster, '1.1'), 'SIGKILL')
    // Every look is a round of packets: the survivors talk while the worker dies, is missed and comes back.
    await until(() => {
      sendRound()
      return cluster.stats().workers.restarts === 1 && cluster.stats().workers.running === 2
    })
    let rounds = 0
    await until(() => {
      sendRound()
      rounds++
      return rounds === 10
    })

    const rows = cluster.allocations().map(({ client }) => client.client.port)
    t.same(rows.sort(), kept.map(({ endpoint }) => endpoint.port).sort())
    const newcomers = await openClients(t, server, 16)
    const served = await allocateAll(cluster, newcomers)
    t.comment(
      `the next worker had served new clients after ${Math.round(performance.now() - killedAt)} ms`,
    )
    t.ok((served.get('1.2') ?? []).length > 0, 'the worker that came back serves')
    const [orphan] = lost
    if (orphan) {
      await orphan.learnNonce()
      t.equal(codeOf(await orphan.request(methods.refresh)), 437, 'who lost an allocation is told')
    }

    const arrived = new Map<number, number>()
    for (let i = 0; i < sent * kept.length; i++) {
      const arrival = await peer.next(2_000)
      if (!arrival) break
      arrived.set(arrival.from.port, (arrived.get(arrival.from.port) ?? 0) + 1)
    }
    t.comment(`${sent} packets of each of ${kept.length} clients`)
    t.same(
      [...arrived.values()],
      kept.map(() => sent),
      'not one packet of the others is missing',
    )
  },
)

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
  process.kill(pidOf(cluster, '1.1'), 'SIGKILL')
  await until(() => cluster.stats().workers.restarts === 1 && cluster.stats().workers.running === 2)
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
  process.kill(pidOf(cluster, '1.1'), 'SIGKILL')
  await until(() => cluster.stats().workers.restarts === 1 && cluster.stats().workers.running === 2)
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

t.test('leaves a worker alone when the terminal or the service manager signals all', async (t) => {
  const server = await startIn(t)
  const [pid] = server.cluster.workerPids()
  if (pid === undefined) throw new Error('no worker')
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.kill(pid, signal)
  const opened = await openClients(t, server, 8)
  await allocateAll(server.cluster, opened)
  t.same(server.cluster.workerPids()[0], pid)
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

t.test('refuses what cannot be had, by the codes of one process', async (t) => {
  const held = await UdpEndpoint.open()
  t.teardown(() => held.close())
  const taken = { ip: '127.0.0.1', port: held.port }
  const relay = { ip: '127.0.0.1', announcedIp: '127.0.0.1', portMin: 20_000, portMax: 29_999 }
  const refusals = [
    [{ listen: { udp: [v4, taken], tcp: [] } }, 'TURN_PORT_IN_USE'],
    [{ listen: { udp: [], tcp: [{ ip: '192.0.2.1', port: 0 }] } }, 'TURN_ADDRESS_NOT_AVAILABLE'],
    [{ relay: { ...relay, portMax: 20_002 } }, 'TURN_BAD_OPTION'],
    [
      { relay: { ...relay, ip: '192.0.2.1', announcedIp: '192.0.2.1' } },
      'TURN_ADDRESS_NOT_AVAILABLE',
    ],
    [{ allowedPeers: ['somewhere'] }, 'TURN_BAD_CIDR'],
    [{ realm: '' }, 'TURN_BAD_OPTION'],
    [{ workers: 0 }, 'TURN_BAD_OPTION'],
  ] as const
  for (const [options, code] of refusals) await t.rejects(startOurCluster(options), { code })
})

t.test('workers end by themselves when their parent is killed', async (t) => {
  const script = new URL('../test/our-cluster-process.ts', import.meta.url)
  const parent = fork(fileURLToPath(script), {
    execArgv: [],
    // What a killed parent leaves behind goes with the test.
    env: { ...process.env, TMPDIR: t.testdir() },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const [pids] = (await once(parent, 'message')) as [number[]]
  t.same(pids.map(isAlive), [true, true])
  parent.kill('SIGKILL')
  await until(() => !pids.some(isAlive))
})

t.test('leaves no process and no descriptor', async (t) => {
  const count = () => readdirSync('/proc/self/fd').length
  const first = await startOurCluster()
  await first.close()
  const before = count()
  const server = await startOurCluster({ listen: { udp: [v4, v6], tcp: [v4, v6] } })
  const pids = server.cluster.workerPids()
  t.same(pids.map(isAlive), [true, true])
  const opened = await Promise.all(Array.from({ length: 8 }, () => ContractClient.open(server)))
  await allocateAll(server.cluster, opened)
  for (const client of opened) client.close()
  await server.close()
  t.same(pids.map(isAlive), [false, false])
  await until(() => count() <= before)
  t.equal(count(), before)
  t.same(server.cluster.listening(), [])
})
