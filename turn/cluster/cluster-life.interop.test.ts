import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { methods } from '../protocol/methods.ts'
import { allocateAll, isAlive, openClients, pidOf, startIn } from '../test/cluster-steps.ts'
import { ContractClient, codeOf } from '../test/contract-client.ts'
import { permit, send } from '../test/contract-steps.ts'
import { startOurCluster } from '../test/our-cluster.ts'
import { UdpEndpoint } from '../test/udp-endpoint.ts'
import { until } from '../test/until.ts'
import { createSocketMaker } from './shareable-sockets.ts'

const clients = 64
const v4 = { ip: '127.0.0.1', port: 0 }
const v6 = { ip: '::1', port: 0 }
const noFfi = createSocketMaker() ? false : 'this Node has no node:ffi'

t.setTimeout(120_000)

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

t.test('replaces a worker that hangs', async (t) => {
  const server = await startIn(t, {}, { timing: { heartbeatMs: 100 } })
  const { cluster } = server
  const pid = pidOf(cluster, '2.1')
  process.kill(pid, 'SIGSTOP')
  await until(() => cluster.stats().workers.restarts === 1 && cluster.stats().workers.running === 2)
  t.notOk(isAlive(pid))
  t.equal((await allocateAll(cluster, await openClients(t, server, 16))).has('2.2'), true)
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

t.test('workers end by themselves when their parent is killed, and leave no folder', async (t) => {
  const script = new URL('../test/our-cluster-process.ts', import.meta.url)
  const folder = t.testdir()
  const parent = fork(fileURLToPath(script), {
    execArgv: [],
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const [pids] = (await once(parent, 'message')) as [number[]]
  t.same(pids.map(isAlive), [true, true])
  t.equal(readdirSync(folder).length, 1)
  parent.kill('SIGKILL')
  await until(() => !pids.some(isAlive))
  t.same(readdirSync(folder), [])
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
