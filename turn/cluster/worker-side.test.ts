import { mock } from 'node:test'
import t from 'tap'
import { noEngineStats } from '../engine-stats.ts'
import type { AllocationRow } from '../turn-engine.ts'
import type { FromWorker, WorkerReport } from './messages.ts'
import { RemotePlaces } from './remote-places.ts'
import { WorkerLog } from './worker-log.ts'
import { WorkerReports } from './worker-reports.ts'

const address = { family: 4, ip: '127.0.0.1', port: 1 } as const
const row = (id: string, packets = 0): AllocationRow => ({
  id,
  userId: 'anna',
  client: { transport: 'udp', client: address, server: address },
  relayed: [address],
  createdAtMs: 1,
  expiresAtMs: 2,
  fromClient: { packets, bytes: packets },
  toClient: { packets: 0, bytes: 0 },
})

t.test('asks the parent for places and hands each answer to who asked', async (t) => {
  const said: FromWorker[] = []
  const parent = { send: (message: FromWorker) => said.push(message), end: () => undefined }
  const places = new RemotePlaces(parent, () => 0)
  const request = { userId: 'anna', clientIp: '192.0.2.1', places: 1 }
  const first = places.take(request)
  const second = places.take(request)
  places.release(request)
  t.match(said, [
    { type: 'takePlaces', id: 1, request },
    { type: 'takePlaces', id: 2, request },
    { type: 'releasePlaces', request },
  ])
  places.answer(2, 'userFull')
  places.answer(1, 'taken')
  t.same(await Promise.all([first, second]), ['taken', 'userFull'])
})

t.test('does not ask the parent again and again for who has just been refused', async (t) => {
  const said: FromWorker[] = []
  const parent = { send: (message: FromWorker) => said.push(message), end: () => undefined }
  let nowMs = 0
  const places = new RemotePlaces(parent, () => nowMs)
  const request = { userId: 'anna', clientIp: '192.0.2.1', places: 1 }
  const first = places.take(request)
  places.answer(1, 'userFull')
  t.equal(await first, 'userFull')
  t.equal(await places.take(request), 'userFull')
  t.equal(said.length, 1)
  const other = places.take({ ...request, userId: 'bob' })
  places.answer(2, 'taken')
  t.equal(await other, 'taken')
  nowMs = 100
  const later = places.take(request)
  places.answer(3, 'userFull')
  t.equal(await later, 'userFull')
  places.release(request)
  const freed = places.take(request)
  places.answer(4, 'taken')
  t.equal(await freed, 'taken', 'what this worker gives back counts at once')
})

t.test('reports allocations that come and go at once, and counters every second', async (t) => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  t.teardown(() => mock.timers.reset())
  const said: WorkerReport[] = []
  let rows = [row('1'), row('2')]
  const reports = new WorkerReports(
    { send: (message) => message.type === 'report' && said.push(message), end: () => undefined },
    {
      allocations: () => rows,
      stats: () => noEngineStats,
      deniedPeers: () => [],
      takeUsage: () => new Map(),
    },
  )
  reports.noteChange()
  reports.noteChange()
  mock.timers.tick(50)
  t.match(said, [{ changed: [row('1'), row('2')], deleted: [] }])
  t.equal(said[0]?.counters, undefined)
  rows = [row('2', 5)]
  reports.noteChange()
  mock.timers.tick(50)
  t.match(said[1], { changed: [row('2', 5)], deleted: ['1'] })
  mock.timers.tick(900)
  t.match(said[2], { changed: [], deleted: [], counters: { stats: noEngineStats } })
  reports.close()
  mock.timers.tick(10_000)
  t.equal(said.length, 3)
})

t.test('sends log lines to the parent, debug only when asked, and few enough', async (t) => {
  const said: FromWorker[] = []
  const parent = { send: (message: FromWorker) => said.push(message), end: () => undefined }
  let nowMs = 1_000
  const log = new WorkerLog(parent, { debug: false, nowMs: () => nowMs })
  log.debug({}, 'nobody reads this')
  for (let i = 0; i < 1_000; i++) log.warn({ i }, 'flood')
  t.equal(said.length, 200)
  nowMs = 2_000
  log.info({ port: 1 }, 'the next second')
  t.match(said.slice(200), [
    { type: 'log', level: 'warn', facts: { lost: 800 } },
    { type: 'log', level: 'info', facts: { port: 1 }, message: 'the next second' },
  ])
  const talkative = new WorkerLog(parent, { debug: true, nowMs: () => nowMs })
  talkative.debug({}, 'somebody reads this')
  t.match(said.at(-1), { level: 'debug' })
})
